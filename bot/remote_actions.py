"""How Rasa calls the action server: again where it is just being restarted, and without checking our own answers.

Rasa gives an action one try. An action server that was killed is back in seconds, but by then Rasa has gone on without
the action's effect: a handover would be lost (F7). Every action of ours does the same thing once, however often it is
called for one message (`Turn.key`), so a call that broke off is made again.

What comes after the call is work of a tenth of a second: it waits for its turn (bot/steps.py).

Rasa also checks each answer against a JSON schema, 60 of the 90 ms that a call takes; both ends are ours."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig
from tenacity import (
    AsyncRetrying,
    before_sleep_log,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from bot.steps import next_step

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 25.0  # a restart takes about four, on a busy machine twenty; then it is "please try again"
BROKEN_OFF = (aiohttp.ClientConnectionError, ConnectionError)


def install() -> None:
    """From now on Rasa calls actions so. Idempotent."""
    if getattr(EndpointConfig.request, "patient", False):
        return
    request_once = EndpointConfig.request

    async def request(self: EndpointConfig, *args: Any, **kwargs: Any) -> Any:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(BROKEN_OFF),
            stop=stop_after_delay(PATIENCE_SECONDS),
            wait=wait_random_exponential(multiplier=0.2, max=2),
            before_sleep=before_sleep_log(logger, logging.WARNING),
            reraise=True,
        ):
            with attempt:
                # The call changes the dictionaries that it gets.
                answer = await request_once(
                    self, *args, **{**kwargs, "headers": dict(kwargs.get("headers", {}))}
                )
        await next_step()
        return answer

    request.patient = True  # type: ignore[attr-defined]
    EndpointConfig.request = request
    RemoteAction._validate_action_result = lambda _self, _result: True
