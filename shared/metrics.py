"""Every Prometheus metric: kind, unit, meaning, and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "livingwell_request_seconds",
    "Time to answer a request. Slow everywhere: look at the database first.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
OUTBOX_WAITING = Gauge(
    "livingwell_outbox_messages",
    "Messages stored and not yet published. Growing: the broker or the relay is away.",
)
OUTBOX_OLDEST = Gauge(
    "livingwell_outbox_oldest_seconds",
    "Age of the oldest unpublished message. Over 60: partners' figures are late.",
)
RELAY_LEADING = Gauge(
    "livingwell_relay_is_leading",
    "1 in the one process that publishes. No process at 1 for a minute: look at logs.",
)
RELAY_PUBLISHED = Counter(
    "livingwell_relay_published_messages",
    "Messages acknowledged by the broker.",
)
RELAY_HANGING = Gauge(
    "livingwell_relay_hanging_partitions",
    "Partitions behind whose end a transaction has none. Over a minute: nobody reads on"
    " there; restart the service that publishes to them, then run its republish.",
)
RELAY_FAILURES = Counter(
    "livingwell_relay_failures",
    "Terms of the relay that ended in an error; it starts again by itself.",
)
AUDIT_UNSEALED = Gauge(
    "livingwell_audit_unsealed_rows",
    "Audit rows that no seal covers yet. Growing: no process seals; look at the log.",
)
AUDIT_OLDEST = Gauge(
    "livingwell_audit_unsealed_oldest_seconds",
    "Age of the oldest unsealed audit row. Over 60: what was done is not provable yet.",
)
CONSUMER_LAG = Gauge(
    "livingwell_consumer_lag_offsets",
    "Offsets between what was read and the end, what readers are not shown included."
    " Growing: add a process. Standing still: a transaction hangs.",
)
CONSUMER_APPLIED = Counter(
    "livingwell_consumer_applied_messages",
    "Messages decoded and applied.",
    ["topic"],
)
CONSUMER_BEAT = Gauge(
    "livingwell_consumer_heartbeat_timestamp_seconds",
    "When the consumer last asked the broker. Older than a minute: it is stuck.",
)
CONSUMER_FAILURES = Counter(
    "livingwell_consumer_failures",
    "Times the consumer was rebuilt after an error.",
)
DEAD_LETTERS = Counter(
    "livingwell_dead_letters",
    "Messages that can never be applied. Any: tell their publisher.",
    ["topic", "reason"],
)
FIGURES_STALE = Gauge(
    "livingwell_figures_stale_referrals",
    "Referrals whose figures wait to be counted again.",
)
IMPORT_ROWS = Counter(
    "livingwell_import_rows",
    "Rows of uploaded files by what became of them. Mostly refused: tell the partner.",
    ["resource", "outcome"],
)
IMPORT_FAILURES = Counter(
    "livingwell_import_failures",
    "Steps of imports that ended in an error; they are tried again. Growing: see logs.",
)
