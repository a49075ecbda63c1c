"""Files of bulk operations: targets to upload to, the uploads, and the results; a key in the URL signs each."""

import secrets
from email import message_from_bytes, policy
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.shopify import bulk
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import Doc, Shop

_MOST_BYTES = 100 * 1024 * 1024
_UPLOADS = "/staged-uploads/"


def stage(shop: Shop, wishes: list[Doc]) -> list[Doc]:
    """stagedUploadsCreate for variables of bulk mutations; each target takes one file."""
    found = []
    for place, wish in enumerate(wishes):
        if not wish["filename"].strip():
            raise Refusal("Filename can't be blank", None, "input", str(place), "filename")
        folder = shop.world.chance.hexadecimal("shopify.upload", 16)
        key = f"tmp/1/bulk/{folder}/{wish['filename']}"
        shop.save("upload", {"id": key, "folder": folder, "body": None})
        url = f"{shop.world.url('shopify')}{_UPLOADS}"
        by_post = (wish.get("httpMethod") or "PUT") == "POST"
        parameters = [{"name": "Content-Type" if by_post else "content_type", "value": wish["mimeType"]}]
        if by_post:
            parameters += [{"name": "success_action_status", "value": "201"}, {"name": "acl", "value": "private"}]
            parameters += [{"name": "key", "value": key}, {"name": "policy", "value": folder}]
        else:
            parameters.append({"name": "acl", "value": "private"})
        at = url if by_post else f"{url}{key}?signature={folder}"
        found.append({"url": at, "resourceUrl": url if by_post else f"{url}{key}", "parameters": parameters})
    return found


class Files:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> tuple[BaseRoute, ...]:
        return (
            Route(_UPLOADS, self.post, methods=["POST"]),
            Route(_UPLOADS + "{key:path}", self.put, methods=["PUT"]),
            Route("/bulk-operation-outputs/{key}", self.result, methods=["GET"]),
        )

    async def post(self, request: Request) -> Response:
        """A form with the parameters of the target and the file last, as the storage behind Shopify takes it."""
        fields, file = _form(request.headers.get("content-type", ""), await request.body())
        if file is None or not self._taken(fields.get("key", ""), fields.get("policy", ""), file):
            return _storage_error(403, "AccessDenied", "The upload does not fit a target that was handed out.")
        return Response(status_code=int(fields.get("success_action_status", "204")))

    async def put(self, request: Request) -> Response:
        signature = request.query_params.get("signature", "")
        if not self._taken(request.path_params["key"], signature, await request.body()):
            return _storage_error(403, "SignatureDoesNotMatch", "The signature is not that of the target.")
        return Response(status_code=200)

    async def result(self, request: Request) -> Response:
        entry = self._shop.books.get("shopify.bulkKey", request.path_params["key"].removesuffix("-final"))
        doc = self._shop.books.get("shopify.bulk", str(entry["operation"])) if entry else None
        if doc is None or bulk.present(self._shop, doc)["status"] != "COMPLETED":
            return _storage_error(404, "NoSuchKey", "The specified key does not exist.")
        name = f'attachment; filename="bulk-{doc["id"]}.jsonl"'
        return Response(doc["rows"], media_type="application/jsonl", headers={"Content-Disposition": name})

    def _taken(self, key: str, signature: str, body: bytes) -> bool:
        known = self._shop.books.get("shopify.upload", key)
        if known is None or not secrets.compare_digest(known["folder"], signature) or len(body) > _MOST_BYTES:
            return False
        self._shop.save("upload", {**known, "body": body.decode("utf-8", "replace")})
        return True


def _form(content_type: str, body: bytes) -> tuple[dict[str, str], bytes | None]:
    """The fields of a multipart form, and its file."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    message = message_from_bytes(head + body, policy=policy.HTTP)
    fields: dict[str, str] = {}
    file: bytes | None = None
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content: Any = part.get_payload(decode=True)
        if name == "file":
            file = bytes(content)
        elif isinstance(name, str):
            fields[name] = bytes(content).decode("utf-8", "replace")
    return fields, file


def _storage_error(status: int, code: str, message: str) -> Response:
    text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return PlainTextResponse(text, status_code=status, media_type="application/xml")
