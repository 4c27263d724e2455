"""CKAN's Action API (version 3), to read: for the harvesters, clients and add-ins that know how to ask CKAN.

What there is to write is refused as CKAN refuses it. See https://docs.ckan.org/en/latest/api/.
"""
