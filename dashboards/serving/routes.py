"""The addresses of the app's downloads. Each asks for the role first, by the same table as the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboards.access.guard import RefusedError, reading_for
from dashboards.access.table import TITLES, may
from dashboards.queries import followups, reports
from dashboards.serving.offers import find_offer
from dashboards.serving.paths import FOLLOWUPS_PATH, REPORTS_PATH, TABLES_PATH
from dashboards.serving.requests import viewer_of_request

_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}

Give = Callable[[Request, str | None], Response]


def download_routes() -> list[Route]:
    """The routes of all downloads."""
    return [
        Route(TABLES_PATH + "/{name}", _checked(_give_table), methods=["GET"]),
        Route(REPORTS_PATH + "/{drop_id}/{name:path}", _checked(_give_report_file), methods=["GET"]),
        Route(FOLLOWUPS_PATH + "/{drop_id}", _checked(_give_followups), methods=["GET"]),
    ]


def _checked(give: Give) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        # A link on another page must not start a download here, not even one of an open app's.
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return _sentence("This download can be started from the app's own pages alone.", 403)
        viewer = viewer_of_request(request)
        if viewer.role is None:
            return _sentence(viewer.why, 403 if viewer.is_signed_in else 401)
        try:
            return await run_in_threadpool(give, request, viewer.role)
        except RefusedError as refused:
            return _sentence(str(refused), 403)

    return answer


def _give_table(request: Request, role: str | None) -> Response:
    given = find_offer(request.path_params["name"])
    if given is None:
        return _sentence("This link is no longer kept: open the page again and take its new one.", 404)
    if not may(role, given.page):
        message = f"Your role has no access to: {TITLES[given.page]}."
        raise RefusedError(message)
    return _file(given.content().encode(), given.file_name)


def _give_report_file(request: Request, role: str | None) -> Response:
    drop_id, name = request.path_params["drop_id"], request.path_params["name"]
    with reading_for(role):
        content = reports.report_file(drop_id, name)
    if content is None:
        return _sentence("There is no such file: write the report with `sprint report`.", 404)
    return _file(content, f"{drop_id}-{name.replace('/', '-')}")


def _give_followups(request: Request, role: str | None) -> Response:
    drop_id = request.path_params["drop_id"]
    with reading_for(role):
        content = followups.followups_file(drop_id)
    if content is None:
        return _sentence("There is no such drop.", 404)
    return _file(content.encode(), f"{drop_id}-followups.csv")


def _file(content: bytes, name: str) -> Response:
    media_type = _MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    headers = _HEADERS | {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type=media_type, headers=headers)


def _sentence(text: str, status: int) -> Response:
    return PlainTextResponse(text + "\n", status, headers=_HEADERS)


# Nothing is kept on the way or in the browser, and nothing is taken for a page of ours.
_HEADERS = {
    "Cache-Control": "no-store, private",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Cookie",
}
