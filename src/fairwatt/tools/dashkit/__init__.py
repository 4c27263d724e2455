"""Dash tools served as Django views, inside the portal's own frame.

A tool is a :class:`~fairwatt.tools.dashkit.app.PortalDash`; :func:`~fairwatt.tools.dashkit.urls.tool_urls`
gives it its addresses. Every request of a tool (page, scripts, callbacks) is an ordinary Django request: its
session, CSRF check, content security policy and ``request.user`` are those of any other page. This module
stays empty: importing Dash takes a second and 60 MB, which only the first visitor of a tool pays.
"""
