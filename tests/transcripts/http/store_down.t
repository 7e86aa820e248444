# Without the store nobody is told that a domain is not ours
with services
domain example.org
store down
C: GET /mail/config-v1.1.xml?emailaddress=ann@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 503 Service Unavailable
with plain
S: Retry-After: 10
S: 
S: The server has a problem, please try again in a moment.
store up
C: GET /mail/config-v1.1.xml?emailaddress=ann@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
with settings
