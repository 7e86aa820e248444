# RFC 7888 section 4: nobody fills our memory before log-in
with ann
S: * OK *
C: a LOGIN {5000}
S: a NO [TOOBIG] *
C: b LOGIN {3000}
S: + *
C* 300 0123456789
C:  {3000}
S: b NO [TOOBIG] *
C: c LOGIN {5000+}
S: * BYE [TOOBIG] *
closed
