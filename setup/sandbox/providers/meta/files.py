"""Media: upload, look up, delete, download; and resumable uploads of samples.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media,
https://developers.facebook.com/docs/graph-api/guides/upload
"""

import hashlib
import secrets
import time
from collections.abc import Iterable

from aiohttp import web

from ...faults import answer
from ...store import Media
from ..surface import answer_file
from .accounts import Account
from .api import NODE, VERSION, Api
from .errors import MetaError, error_for_status

FILE_HOST = "lookaside.fbsbx.com"
ADDRESS_SECONDS = 300
SAMPLE_TYPES = ("application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4")


class FilesApi(Api):
    """Files by id, and where their bytes are for the next five minutes."""

    def __init__(self, provider) -> None:
        super().__init__(provider)
        self.clear()

    def clear(self) -> None:
        """Forget what was uploaded."""
        self.uploaded: dict[str, Media] = {}
        self.handles: dict[str, Media] = {}
        self._sessions: dict[str, Media] = {}
        self._addresses: dict[str, tuple[str, float]] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        address = f"/{FILE_HOST}/whatsapp_business/attachments/"
        upload = VERSION + "/{session:upload:[^/]+}"
        return [
            web.post(upload, self.guarded(self.take_sample)),
            web.post(f"{NODE}/uploads", self.guarded(self.open_session)),
            web.post(f"{NODE}/media", self.guarded(self.upload)),
            web.get(address, self.guarded(self.download, on="", proven=False)),
        ]

    # -- media --------------------------------------------------------------------

    async def upload(self, request: web.Request, account: Account):
        """Multipart: the file in ``file``."""
        account.number_by_id(request.match_info["node"])
        form = await request.post()
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp":
            raise MetaError(100, "(messaging_product) is required")
        if not isinstance(file, web.FileField):
            raise MetaError(100, "(file) is required")
        media = Media(
            str(secrets.randbelow(10**15) + 10**15),
            form.get("type") or file.content_type,
            file.file.read(),
            file.filename,
        )
        self.uploaded[media.id] = media
        return web.json_response({"id": media.id})

    def find(self, media_id: str) -> Media | None:
        """A file of either side, by id."""
        return self.uploaded.get(media_id) or self.store.media.get(media_id)

    def describe(self, media: Media) -> web.Response:
        """Its address, good for five minutes."""
        key = secrets.token_urlsafe(12)
        self._addresses[key] = (media.id, time.time() + ADDRESS_SECONDS)
        url = f"https://{FILE_HOST}/whatsapp_business/attachments/"
        body = {
            "messaging_product": "whatsapp",
            "url": f"{url}?mid={media.id}&ext=1&hash={key}",
            "mime_type": media.content_type,
            "sha256": hashlib.sha256(media.data).hexdigest(),
            "file_size": len(media.data),
            "id": media.id,
        }
        return web.json_response(body)

    def delete(self, media: Media) -> web.Response:
        """Forget a file."""
        self.uploaded.pop(media.id, None)
        self.store.media.pop(media.id, None)
        return web.json_response({"success": True})

    async def download(self, request: web.Request, account: Account):
        """The bytes; the access token is needed here, too."""
        key = request.query.get("hash", "")
        media_id, until = self._addresses.get(key, ("", 0.0))
        media = self.find(media_id)
        if media is None or media_id != request.query.get("mid") or until < time.time():
            return web.Response(status=404, text="Not Found")

        async def send_bytes() -> web.Response:
            return answer_file(media)

        fault = self.provider.faults.take("media")
        return await answer(request, fault, send_bytes, error_for_status)

    # -- samples ------------------------------------------------------------------

    async def open_session(self, request: web.Request, account: Account):
        """Announce the sample file of a template's header."""
        if request.match_info["node"] != account.app_id:
            raise MetaError.no_such_object(request.match_info["node"])
        kind = request.query.get("file_type", "")
        if kind not in SAMPLE_TYPES:
            raise MetaError(100, f"File type {kind} is not supported")
        session = f"upload:{secrets.token_urlsafe(16)}"
        name = request.query.get("file_name")
        self._sessions[session] = Media(session, kind, b"", name)
        return web.json_response({"id": f"{session}?sig={secrets.token_hex(4)}"})

    async def take_sample(self, request: web.Request, account: Account):
        """The file's bytes; gives its handle."""
        media = self._sessions.get(request.match_info["session"])
        if media is None:
            raise MetaError.no_such_object(request.match_info["session"])
        if request.headers.get("file_offset") != "0":
            raise MetaError(100, "The header file_offset is missing")
        media.data = await request.read()
        handle = f"4:{secrets.token_urlsafe(16)}"
        self.handles[handle] = media
        return web.json_response({"h": handle})
