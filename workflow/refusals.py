"""Why something was not done. The classes lie where pages and API of every app can reach them."""

from accounts.refusals import MOST, Incomplete, NotPermitted, Refusal, Stale, WrongState, told

__all__ = ["MOST", "Incomplete", "NotPermitted", "Refusal", "Stale", "WrongState", "told"]
