"""The call's page: the form, the questions, the prompts, the email that becomes a call."""
