"""Bulk import of CSV files: upload, judge, store, give back what was refused.

A file is stored in pieces beside its job. One step is one transaction: lock a job that
nobody works on, read its next rows, store them as if each had been posted, move the
job's position and counts. A process that dies leaves the job as it was before the step.
"""
