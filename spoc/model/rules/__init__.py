"""Rules: codes and how they are matched, what guides a call, who may do what, working time."""
