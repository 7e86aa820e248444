# store.deliveries_max counts where a message goes when aliases have been followed: 452 4.5.3 for the recipient beyond
config   server { hostname = "mx.example.org" } store { deliveries_max = 100 }
account  ann@example.org
account  bob@example.org
alias    a60@example.org 1@x.net 2@x.net 3@x.net 4@x.net 5@x.net 6@x.net 7@x.net 8@x.net 9@x.net 10@x.net 11@x.net 12@x.net 13@x.net 14@x.net 15@x.net 16@x.net 17@x.net 18@x.net 19@x.net 20@x.net 21@x.net 22@x.net 23@x.net 24@x.net 25@x.net 26@x.net 27@x.net 28@x.net 29@x.net 30@x.net 31@x.net 32@x.net 33@x.net 34@x.net 35@x.net 36@x.net 37@x.net 38@x.net 39@x.net 40@x.net 41@x.net 42@x.net 43@x.net 44@x.net 45@x.net 46@x.net 47@x.net 48@x.net 49@x.net 50@x.net 51@x.net 52@x.net 53@x.net 54@x.net 55@x.net 56@x.net 57@x.net 58@x.net 59@x.net 60@x.net
alias    a39@example.org 1@y.net 2@y.net 3@y.net 4@y.net 5@y.net 6@y.net 7@y.net 8@y.net 9@y.net 10@y.net 11@y.net 12@y.net 13@y.net 14@y.net 15@y.net 16@y.net 17@y.net 18@y.net 19@y.net 20@y.net 21@y.net 22@y.net 23@y.net 24@y.net 25@y.net 26@y.net 27@y.net 28@y.net 29@y.net 30@y.net 31@y.net 32@y.net 33@y.net 34@y.net 35@y.net 36@y.net 37@y.net 38@y.net 39@y.net
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<a60@example.org>
S: 250 2.1.5 *
C: RCPT TO:<a60@example.org>
S: 452 4.5.3 Too many recipients
C: RCPT TO:<a39@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<bob@example.org>
S: 452 4.5.3 Too many recipients
C: DATA
S: 354 *
C:
C: Hello.
C: .
S: 250 2.0.0 *
exists ann@example.org INBOX 1
queued 99
