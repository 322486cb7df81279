"""Every route of the platform."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from voiceassets.api import health, schema
from voiceassets.api.compat import elevenlabs, openai, tts
from voiceassets.web.operators import site as operators

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("v1/openapi.json", schema.serve, name="openapi"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(
            url_name="openapi", authentication_classes=[], permission_classes=[]
        ),
    ),
    path("tts", tts.Tts.as_view()),
    path("v1/audio/speech", openai.Speech.as_view()),
    path("v1/audio/voices", openai.Voices.as_view()),
    path("v1/text-to-speech/<str:voice_id>", elevenlabs.TextToSpeech.as_view()),
    path("v1/text-to-speech/<str:voice_id>/stream", elevenlabs.TextToSpeechStream.as_view()),
    path(
        "v1/text-to-speech/<str:voice_id>/with-timestamps", elevenlabs.TextToSpeechTimed.as_view()
    ),
    path("v1/", include("voiceassets.api.v1.routes")),
    path("account/", include("voiceassets.web.urls")),
    path("operators/", operators.urls),
]

handler400 = "voiceassets.api.problems.bad_request"
handler404 = "voiceassets.api.problems.not_found"
handler500 = "voiceassets.api.problems.server_error"
