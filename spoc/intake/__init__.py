"""Lists of attendances from hospitals, read into one stream of Attendance or Rejected."""
