"""The web process as a server: a gunicorn worker whose threads never wait for a client.

`Procfile` names it: `--worker-class web.server.worker.Worker`.
"""
