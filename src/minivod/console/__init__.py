"""The console at /console/: pages for people who look after the server, made by the server and without script."""
