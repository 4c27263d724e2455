"""The addresses of the pages where signed-in people work."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from fairwatt.portal.pages import account, audit, files, jobs, loggers, notifications, people, review, share

urlpatterns: list[URLPattern] = [
    path("share/", share.show_share, name="share"),
    path("share/<str:code>/", share.show_deposit, name="deposit"),
    path("share/<str:code>/receipt/", share.show_receipt, name="deposit_receipt"),
    path("share/<str:code>/discard/", share.discard, name="deposit_discard"),
    path("share/<str:code>/comment/", share.comment, name="deposit_comment"),
    path("share/<str:code>/files/list/", files.show_list, name="deposit_files"),
    path("share/<str:code>/files/<str:key>/", files.show_file, name="deposit_file"),
    path("share/<str:code>/files/<str:key>/remove/", files.remove, name="deposit_file_remove"),
    path("share/<str:code>/files/<str:key>/again/", files.again, name="deposit_file_again"),
    path("share/<str:code>/files/<str:key>/document/", files.keep_document, name="deposit_file_document"),
    path("share/<str:code>/files/<str:key>/save-profile/", loggers.save, name="deposit_file_save_profile"),
    path("share/<str:code>/files/<str:key>/use-profile/", loggers.use, name="deposit_file_use_profile"),
    path("share/<str:code>/uploads/<uuid:upload_id>/drop/", files.drop_upload, name="deposit_upload_drop"),
    path("share/<str:code>/<slug:slug>/", share.show_step, name="deposit_step"),
    path("review/", review.show_queue, name="review_queue"),
    path("review/<str:code>/", review.show_review, name="review"),
    path("review/<str:code>/approve/", review.approve, name="review_approve"),
    path("review/<str:code>/return/", review.send_back, name="review_return"),
    path("review/<str:code>/comment/", review.comment, name="review_comment"),
    path("review/<str:code>/edit/", review.edit, name="review_edit"),
    path("account/", account.show_account, name="account"),
    path("account/tokens/", account.show_tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", account.revoke, name="token_revoke"),
    path("account/loggers/", loggers.show_profiles, name="logger_profiles"),
    re_path(
        r"^account/loggers/(?P<profile_id>[0-9]{1,18})\.(?P<form>toml|json)$",
        loggers.download_saved,
        name="logger_profile_document",
    ),
    path("account/loggers/<int:profile_id>/rename/", loggers.rename, name="logger_profile_rename"),
    path("account/loggers/<int:profile_id>/remove/", loggers.remove, name="logger_profile_remove"),
    path("notifications/", notifications.show_notifications, name="notifications"),
    path("notifications/read/", notifications.mark_all, name="notifications_read"),
    path("notifications/<int:notification_id>/", notifications.open_one, name="notification_open"),
    path("people/", people.show_people, name="people"),
    path("people/<str:code>/", people.show_organization, name="organization"),
    path("people/memberships/<int:membership_id>/role/", people.set_role, name="membership_role"),
    path("people/memberships/<int:membership_id>/remove/", people.remove, name="membership_remove"),
    path("people/invitations/<int:invitation_id>/revoke/", people.revoke, name="invitation_revoke"),
    path("invitations/<str:secret>/", people.show_invitation, name="invitation"),
    path("audit/", audit.show_log, name="audit_log"),
    path("jobs/<int:job_id>/", jobs.show_job, name="job"),
    path("jobs/<int:job_id>/cancel/", jobs.cancel, name="job_cancel"),
]
