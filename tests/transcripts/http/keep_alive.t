# Requests one after the other and all at once; Connection: close and HTTP/1.0 end it
with services
domain example.org
C> GET /a HTTP/1.1\r\nHost: example.org\r\n\r\nGET /b HTTP/1.1\r\nHost: example.org\r\n\r\n\r\nGET /c HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\nGET /d HTTP/1.1\r\n
S: HTTP/1.1 404 Not Found
with plain
S: 
S: There is nothing here.
S: HTTP/1.1 404 Not Found
with plain
S: 
S: There is nothing here.
S: HTTP/1.1 404 Not Found
with plain
S: Connection: close
S: 
S: There is nothing here.
closed
session b
C: GET /a HTTP/1.0
C: Host: example.org
C: 
S: HTTP/1.1 404 Not Found
with plain
S: Connection: close
S: 
S: There is nothing here.
closed
session c
C: GET /a HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
with plain
S: 
S: There is nothing here.
drain
closed
