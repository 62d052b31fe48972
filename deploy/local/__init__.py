"""The whole system on one machine with nothing installed: `python -m deploy.local`.

Owns an embedded PostgreSQL, an embedded Kafka, a development issuer of tokens and the
processes of the four services; keeps everything it writes in one data folder.
"""
