"""Anonymous answers: the form, the return code, the inbox, settling. Cannot know accounts."""
