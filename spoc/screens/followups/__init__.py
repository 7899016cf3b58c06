"""What is due: the queue of follow-ups, requests to social care, the handover."""
