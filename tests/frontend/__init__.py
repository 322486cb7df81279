"""Agreement of the text front end with recorded results of the reference front end."""
