"""What is measured: the metrics of this process, as Prometheus reads them at /metrics."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

API_REQUESTS = Counter("minivod_api_requests", "Calls of the API.", ["action", "code"])
API_SECONDS = Histogram("minivod_api_seconds", "Time to answer a call.", ["action"], buckets=_SECONDS)
UPLOADED_BYTES = Counter("minivod_uploaded_bytes", "Bytes that were uploaded and stored.")
PLAYED_BYTES = Counter("minivod_played_bytes", "Bytes of published files that were sent.")
TASKS = Gauge("minivod_tasks", "Tasks in the database.", ["kind", "status", "result"])
WAITING_JOBS = Gauge("minivod_waiting_jobs", "Jobs that no worker has taken yet.")
CALLBACKS = Gauge("minivod_callbacks", "Callbacks that wait or were given up.", ["state"])
