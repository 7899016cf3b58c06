"""Rules: codes and conditions, guiding a call, who may do what, working time."""
