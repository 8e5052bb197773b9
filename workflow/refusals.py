"""Why something was not done. The classes lie where pages and API of every app can reach them."""

from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState

__all__ = ["Incomplete", "NotPermitted", "Refusal", "Stale", "WrongState"]
