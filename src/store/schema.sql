-- The tables of a store: one text for SQLite 3.40 and PostgreSQL 15.
--
-- Marks that the loader replaces:
--   @ID@      BIGINT-sized key made by us: INTEGER PRIMARY KEY (SQLite) | BIGINT PRIMARY KEY (PostgreSQL)
--   @W@       WITHOUT ROWID (SQLite) | nothing
--   @PG@      at the beginning of a line: the line is for PostgreSQL only
--   @SQLITE@  at the beginning of a line: for SQLite only
--   @USES_MSG@ a foreign key to msg where many rows come at once: nothing (see the trigger msg_is_used) | REFERENCES msg(id)
-- All integers are BIGINT, so that every parameter and column is a 64-bit number in both engines. `ctext` is text that
-- sorts by octets, `blob` is octets (domains in PostgreSQL; in SQLite the names give the right affinity).
-- Ids are 63-bit numbers made by the node (time, node slot, counter); times are milliseconds since 1970 UTC.
--
-- One account, one order: every transaction that changes an account's mail locks the account row first and takes the next
-- MODSEQ from it. UIDNEXT stands on the mailbox row and moves in the same transaction.
@PG@ CREATE DOMAIN blob AS bytea;
@PG@ CREATE DOMAIN ctext AS text COLLATE "C";

-- schema_version, store_id, epoch, cursors of upkeep.
CREATE TABLE meta (k ctext NOT NULL PRIMARY KEY, v ctext NOT NULL) @W@;

CREATE TABLE node (
  id @ID@, name ctext NOT NULL UNIQUE, addr ctext NOT NULL, generation BIGINT NOT NULL,
  state BIGINT NOT NULL,                                     -- 0 up, 1 draining, 2 gone
  heartbeat BIGINT NOT NULL, version ctext NOT NULL);

-- ---------------------------------------------------------------- directory

-- alias_of: every address here stands for the same local part there. uidvalidity: the highest that a deleted account has
-- used, so that an account made again under the same name never repeats one.
CREATE TABLE domain (
  id @ID@, name ctext NOT NULL UNIQUE, alias_of BIGINT REFERENCES domain(id), uidvalidity BIGINT NOT NULL DEFAULT 0,
  created BIGINT NOT NULL);
CREATE INDEX domain_alias ON domain (alias_of);

-- domain_id NULL: deleted (state 4), its mail is being removed. quota_bytes, quota_msgs 0: the default, -1: none.
-- modseq: the last one taken by any mailbox of the account; epoch: in which epoch that was.
CREATE TABLE account (
  id @ID@, domain_id BIGINT REFERENCES domain(id), localpart ctext NOT NULL, kind BIGINT NOT NULL DEFAULT 0,
  state BIGINT NOT NULL DEFAULT 0,                           -- enum STORE_ACCOUNT_*
  modseq BIGINT NOT NULL DEFAULT 1, epoch BIGINT NOT NULL, used_bytes BIGINT NOT NULL DEFAULT 0,
  used_msgs BIGINT NOT NULL DEFAULT 0, quota_bytes BIGINT NOT NULL DEFAULT 0, inbox_id BIGINT NOT NULL,
  uidvalidity BIGINT NOT NULL,                               -- the last one given to a mailbox
  created BIGINT NOT NULL, last_login BIGINT NOT NULL DEFAULT 0, name ctext NOT NULL DEFAULT '',
  language ctext NOT NULL DEFAULT 'en', quota_msgs BIGINT NOT NULL DEFAULT 0, UNIQUE (domain_id, localpart));
-- Few rows: what upkeep has to remove.
CREATE INDEX account_gone ON account (id) WHERE state = 4;

-- kind: 0 password, 1 app password, 2 token, 3 certificate, 4 SCRAM-SHA-256 keys, 5 secret of APOP (sealed, hexadecimal).
CREATE TABLE credential (
  account_id BIGINT NOT NULL REFERENCES account(id), kind BIGINT NOT NULL, n BIGINT NOT NULL DEFAULT 0,
  label ctext NOT NULL DEFAULT '', secret ctext NOT NULL, scope BIGINT NOT NULL DEFAULT 0, expires BIGINT,
  created BIGINT NOT NULL, PRIMARY KEY (account_id, kind, n)) @W@;

-- One row a target; localpart '' is the catch-all. Targets are addresses, resolved when mail comes.
CREATE TABLE alias (
  domain_id BIGINT NOT NULL REFERENCES domain(id), localpart ctext NOT NULL, target ctext NOT NULL,
  created BIGINT NOT NULL, PRIMARY KEY (domain_id, localpart, target)) @W@;
-- Which addresses reach this one (may an account send as it?).
CREATE INDEX alias_target ON alias (target);

-- Names the account has subscribed to, whether the mailbox exists or not (RFC 3501 section 6.3.6).
CREATE TABLE subscription (
  account_id BIGINT NOT NULL REFERENCES account(id), name ctext NOT NULL, PRIMARY KEY (account_id, name)) @W@;

-- Keywords of an account: bit n of entry.kw. They belong to the account, so that COPY takes the bits as they are.
CREATE TABLE keyword (
  account_id BIGINT NOT NULL REFERENCES account(id), n BIGINT NOT NULL, name ctext NOT NULL,
  fold ctext NOT NULL, PRIMARY KEY (account_id, n)) @W@;
CREATE UNIQUE INDEX keyword_fold ON keyword (account_id, fold);

-- ---------------------------------------------------------------- content

-- A message as it was received; immutable. Its octets: `slice0` of them in `body`, the rest in `n_slices` rows of
-- body_slice of 256 KiB each (the last one shorter). A large message has its header alone in `body`.
-- hash: SHA-256 of the header and SHA-256 of what follows it (64 octets). loc 0: in this database.
-- thread_id NULL: a thread of its own. EMAILID is the id.
CREATE TABLE msg (
  id @ID@, size BIGINT NOT NULL, hdr_size BIGINT NOT NULL, lines BIGINT NOT NULL, slice0 BIGINT NOT NULL,
  n_slices BIGINT NOT NULL, loc BIGINT NOT NULL DEFAULT 0, received BIGINT NOT NULL, thread_id BIGINT, msgid_hash BIGINT,
  hash blob NOT NULL, envelope blob NOT NULL, bodystructure blob NOT NULL, preview blob NOT NULL, parts blob NOT NULL,
  body blob NOT NULL);
CREATE INDEX msg_msgid ON msg (msgid_hash) WHERE msgid_hash IS NOT NULL;

-- enc: 0 as it is, 1 one zstd frame.
CREATE TABLE body (id @ID@, enc BIGINT NOT NULL, data blob NOT NULL);
CREATE TABLE body_slice (
  msg_id BIGINT NOT NULL, seq BIGINT NOT NULL, enc BIGINT NOT NULL, data blob NOT NULL, PRIMARY KEY (msg_id, seq)) @W@;

-- What was answered to a key: of accept the ledger knows it (reply NULL), of append it stands here.
CREATE TABLE accept_log (
  accept_key blob NOT NULL PRIMARY KEY, msg_id BIGINT NOT NULL, created BIGINT NOT NULL, reply blob) @W@;

-- ---------------------------------------------------------------- mailboxes

-- state 1: deleted, its name is changed to one that no client can give. modseq: the last change of this mailbox.
-- change_floor: rows of `change` up to this MODSEQ have been folded. recent_uid: below it messages have been announced.
CREATE TABLE mailbox (
  id @ID@, account_id BIGINT NOT NULL REFERENCES account(id), state BIGINT NOT NULL DEFAULT 0,
  noselect BIGINT NOT NULL DEFAULT 0, special BIGINT NOT NULL DEFAULT 0, uidvalidity BIGINT NOT NULL,
  uidnext BIGINT NOT NULL DEFAULT 1, modseq BIGINT NOT NULL, change_floor BIGINT NOT NULL DEFAULT 0,
  epoch BIGINT NOT NULL, msgs BIGINT NOT NULL DEFAULT 0, unseen BIGINT NOT NULL DEFAULT 0,
  deleted BIGINT NOT NULL DEFAULT 0, bytes BIGINT NOT NULL DEFAULT 0, recent_uid BIGINT NOT NULL DEFAULT 1,
  created BIGINT NOT NULL, name ctext NOT NULL);
CREATE UNIQUE INDEX mailbox_name ON mailbox (account_id, name);
-- Few rows: what upkeep has to remove.
CREATE INDEX mailbox_gone ON mailbox (id) WHERE state = 1;

-- A message in a mailbox. flags, kw, modseq: as it came, see flag_block. kw: bit string, least significant bit of the
-- first octet is keyword 0; NULL without any. prefix: header lines of this recipient before the stored octets; size counts them.
CREATE TABLE entry (
  mailbox_id BIGINT NOT NULL REFERENCES mailbox(id), uid BIGINT NOT NULL, msg_id BIGINT NOT NULL @USES_MSG@,
  modseq BIGINT NOT NULL, flags BIGINT NOT NULL, kw blob, internaldate BIGINT NOT NULL, saved BIGINT NOT NULL,
  size BIGINT NOT NULL, uidl ctext, prefix blob, PRIMARY KEY (mailbox_id, uid)) @W@;
CREATE INDEX entry_msg ON entry (msg_id);

-- With one writer it is enough to look when a message is deleted. A foreign key looks at it for each entry of a COPY.
@SQLITE@ CREATE TRIGGER IF NOT EXISTS msg_is_used BEFORE DELETE ON msg WHEN EXISTS (SELECT 1 FROM entry WHERE msg_id = OLD.id)
@SQLITE@ BEGIN SELECT RAISE(ABORT, 'the message is in a mailbox'); END;

-- Flags, keywords and MODSEQs that the messages of UIDs from `uid` (a multiple of 256) on have now, as far as `data` goes
-- (flag_block.h); behind it, and without a row, those of the entries count.
CREATE TABLE flag_block (
  mailbox_id BIGINT NOT NULL REFERENCES mailbox(id), uid BIGINT NOT NULL, data blob NOT NULL,
  PRIMARY KEY (mailbox_id, uid)) @W@;

-- One row an operation and mailbox. Found by account through the mailboxes whose modseq is above.
-- kind: 1 new, 2 flags, 3 expunged, 4 the mailbox itself. uids as "1:5,9".
CREATE TABLE change (
  mailbox_id BIGINT NOT NULL, modseq BIGINT NOT NULL, kind BIGINT NOT NULL, uids ctext NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (mailbox_id, modseq, kind)) @W@;

-- UIDs of a large mailbox as of a MODSEQ, as "1:5,9"; messages below seen_uid were seen then. Says nothing that the
-- entries do not say; see op_keep.c.
CREATE TABLE mailbox_map (
  mailbox_id BIGINT NOT NULL PRIMARY KEY, modseq BIGINT NOT NULL, seen_uid BIGINT NOT NULL, uids ctext NOT NULL) @W@;

-- What has been expunged: with all that is needed to bring it back until `due`; then the message goes when nothing else
-- refers to it. mailbox_id 0: it was in the queue.
CREATE TABLE gc_candidate (
  due BIGINT NOT NULL, msg_id BIGINT NOT NULL, mailbox_id BIGINT NOT NULL, uid BIGINT NOT NULL, flags BIGINT NOT NULL,
  kw blob, internaldate BIGINT NOT NULL, saved BIGINT NOT NULL, size BIGINT NOT NULL, uidl ctext, prefix blob,
  PRIMARY KEY (due, msg_id, mailbox_id, uid)) @W@;
CREATE INDEX gc_msg ON gc_candidate (msg_id);

-- Write commands that a session has done (it may be replayed after its worker died).
CREATE TABLE op_done (
  session blob NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, reply blob NOT NULL, PRIMARY KEY (session, n)) @W@;

-- Who holds a maildrop: `process` with a connection to the store process `node`; token 0: nobody. opened: the last time.
CREATE TABLE pop_lock (
  account_id BIGINT NOT NULL PRIMARY KEY, token BIGINT NOT NULL, expires BIGINT NOT NULL, node BIGINT NOT NULL DEFAULT 0,
  process BIGINT NOT NULL DEFAULT 0, opened BIGINT NOT NULL DEFAULT 0) @W@;

-- ---------------------------------------------------------------- queue and ledger

CREATE TABLE queue_msg (
  id @ID@, msg_id BIGINT NOT NULL REFERENCES msg(id), account_id BIGINT NOT NULL, sender ctext NOT NULL, envid ctext NOT NULL,
  ret BIGINT NOT NULL, is_utf8 BIGINT NOT NULL, body_type BIGINT NOT NULL, created BIGINT NOT NULL,
  expires BIGINT NOT NULL);
CREATE INDEX queue_msg_msg ON queue_msg (msg_id);

-- kind 0: remote, dest is its domain. kind 1: local, waiting for its account; account_id, mailbox_id, flags and prefix as
-- in the plan.
CREATE TABLE queue_rcpt (
  id @ID@, qmsg_id BIGINT NOT NULL REFERENCES queue_msg(id), kind BIGINT NOT NULL, dest ctext NOT NULL,
  rcpt ctext NOT NULL, address ctext NOT NULL, orcpt ctext NOT NULL, notify BIGINT NOT NULL, account_id BIGINT NOT NULL,
  mailbox_id BIGINT NOT NULL, flags BIGINT NOT NULL, prefix blob, attempts BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL, lease_until BIGINT NOT NULL DEFAULT 0, lease_token BIGINT NOT NULL DEFAULT 0,
  lease_node BIGINT NOT NULL DEFAULT 0, doubt BIGINT NOT NULL DEFAULT 0, last_reply ctext NOT NULL DEFAULT '');
CREATE INDEX queue_due ON queue_rcpt (kind, next_at);
CREATE INDEX queue_dest ON queue_rcpt (dest, id);
CREATE INDEX queue_qmsg ON queue_rcpt (qmsg_id);

-- Row n = 0 of a message: accepted for n_rcpts recipients, of which n_final have their fate already (packed in `fates`, see
-- op_ledger.c). Any other row is the fate of one recipient that waited in the queue; n is the id of its queue row.
-- Books balance when, for each message, the sum of n_rcpts = the sum of n_final + its rows in queue_rcpt.
CREATE TABLE ledger (
  msg_id BIGINT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, event BIGINT NOT NULL, n_rcpts BIGINT NOT NULL,
  n_final BIGINT NOT NULL, addr ctext NOT NULL, detail ctext NOT NULL, fates blob, PRIMARY KEY (msg_id, n)) @W@;

@PG@ ALTER TABLE account SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
@PG@ ALTER TABLE mailbox SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
@PG@ ALTER TABLE flag_block SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
@PG@ ALTER TABLE queue_rcpt SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
@PG@ ALTER TABLE body ALTER data SET STORAGE EXTERNAL;
@PG@ ALTER TABLE body_slice ALTER data SET STORAGE EXTERNAL;
