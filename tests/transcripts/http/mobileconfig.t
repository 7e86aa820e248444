# A profile for Apple's devices; the same UUIDs each time, others for another address
with services
domain example.org
C: GET /email.mobileconfig?emailaddress=ann%2Bx%40example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 200 OK
S: Date: * GMT
S: Content-Type: application/x-apple-aspen-config
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Content-Disposition: attachment; filename="mail.mobileconfig"
S: 
S~ <key>EmailAccountType</key><string>EmailTypeIMAP</string>
S: <key>EmailAddress</key><string>ann+x@example.org</string>
S: <key>IncomingMailServerAuthentication</key><string>EmailAuthPassword</string>
S: <key>IncomingMailServerPortNumber</key><integer>993</integer>
S: <key>IncomingMailServerUseSSL</key><true/>
S: <key>IncomingMailServerHostName</key><string>mail.example.org</string>
S~ <key>OutgoingMailServerPortNumber</key><integer>465</integer>
S~ <key>PayloadUUID</key><string>1E420EE8-DD8E-813A-A5D6-0F3422BA7C16</string>
S~ <key>PayloadUUID</key><string>AB5D095D-ED20-8A3F-84F0-EC77CDB714F9</string>
S~ </plist>
C: GET /email.mobileconfig?emailaddress=ann%2Bx%40example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 200 OK
S: Date: * GMT
S: Content-Type: application/x-apple-aspen-config
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Content-Disposition: attachment; filename="mail.mobileconfig"
S: 
S~ <key>EmailAccountType</key><string>EmailTypeIMAP</string>
S: <key>EmailAddress</key><string>ann+x@example.org</string>
S: <key>IncomingMailServerAuthentication</key><string>EmailAuthPassword</string>
S: <key>IncomingMailServerPortNumber</key><integer>993</integer>
S: <key>IncomingMailServerUseSSL</key><true/>
S: <key>IncomingMailServerHostName</key><string>mail.example.org</string>
S~ <key>OutgoingMailServerPortNumber</key><integer>465</integer>
S~ <key>PayloadUUID</key><string>1E420EE8-DD8E-813A-A5D6-0F3422BA7C16</string>
S~ <key>PayloadUUID</key><string>AB5D095D-ED20-8A3F-84F0-EC77CDB714F9</string>
S~ </plist>
C: GET /email.mobileconfig?emailaddress=b'%26o@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 200 OK
S~ <key>EmailAddress</key><string>b&#39;&amp;o@example.org</string>
S~ <key>PayloadUUID</key><string>B8C7B972-DFBF-880A-ADA7-3FF5E90640D4</string>
S~ </plist>
