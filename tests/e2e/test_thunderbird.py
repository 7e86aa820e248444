"""Thunderbird, on a screen in memory: it finds its settings through our autoconfiguration and works with a mailbox.

It is driven through Marionette. What is done goes through the same objects as a person's clicks: the account set-up, the
folders, the message pane, the search and the offline manager. Each test brings its own messages.
"""
import base64
import imaplib
import shutil
import ssl

import pytest

from gecko import Display, Gecko, ScriptError
from server import LISTENERS, running, wait_until

# What real clients do is the same with every build; they are slow beside a slow server.
pytestmark = pytest.mark.release

NO_VERIFY = ssl._create_unverified_context()

PREFS = {
    # Nothing asks the network or the person anything.
    'app.update.enabled': False, 'app.update.disabledForTesting': True, 'browser.safebrowsing.downloads.remote.enabled': False,
    'datareporting.policy.dataSubmissionEnabled': False, 'datareporting.healthreport.uploadEnabled': False,
    'toolkit.telemetry.enabled': False, 'extensions.getAddons.cache.enabled': False, 'extensions.update.enabled': False,
    'services.settings.server': 'data:,', 'media.gmp-manager.updateEnabled': False,
    'network.captive-portal-service.enabled': False, 'network.connectivity-service.enabled': False,
    'network.dns.disablePrefetch': True, 'network.manage-offline-status': False, 'security.OCSP.enabled': 0,
    'mail.shell.checkDefaultClient': False, 'mail.spotlight.firstRunDone': True, 'mailnews.start_page.enabled': False,
    'mailnews.start_page_override.mstone': 'ignore', 'mail.rights.version': 1, 'mail.provider.enabled': False,
    'mail.inappnotifications.enabled': False, 'app.donation.eoy.version.viewed': 999, 'mail.tabs.autoHide': False,
    'mail.biff.alert.show_preview': False, 'mail.biff.show_alert': False, 'mail.biff.play_sound': False,
    'mail.winsearch.firstRunDone': True, 'mailnews.database.global.indexer.enabled': False, 'toolkit.startup.max_resumed_crashes': -1,
    # Autoconfiguration by the domain itself alone.
    'mailnews.auto_config_url': '', 'mailnews.auto_config.guess.enabled': False, 'mailnews.auto_config.fetchFromISP.sslOnly': False,
    'mailnews.auto_config.fetchFromExchange.enabled': False, 'mailnews.auto_config.fetchFromISP.sendEmailAddress': True,
    # Every name of the tests is this machine.
    'network.dns.localDomains': 'autoconfig.example.test,example.test,mail.example.test',
}

PRELUDE = '''
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const {MailUtils} = ChromeUtils.importESModule("resource:///modules/MailUtils.sys.mjs");
const sleep = ms => new Promise(r => setTimeout(r, ms));
async function until(what, f) {
  for (let i = 0; i < 400; i++) {
    const v = await f();
    if (v) return v;
    await sleep(50);
  }
  throw new Error("waited in vain for " + what);
}
const server = () => MailServices.accounts.accounts.find(a => a.incomingServer.type == "imap").incomingServer;
const root = () => server().rootFolder;
const folder = name => root().getChildNamed(name).QueryInterface(Ci.nsIMsgImapMailFolder);
const trash = () => root().getFolderWithFlags(Ci.nsMsgFolderFlags.Trash).QueryInterface(Ci.nsIMsgImapMailFolder);
const headers = f => Array.from(f.messages);
const found = (f, subject) => headers(f).find(h => h.mime2DecodedSubject == subject);
const arrived = (f, subject) => until(subject, () => found(f, subject));
// As a click on the folder: look into it now. Again now and then, because a click on a folder that is being opened is lost.
async function shown(f, subject) {
  let n = 0;
  return until(subject, () => { if (n++ % 20 == 0) f.updateFolder(window.msgWindow); return found(f, subject); });
}
'''


class Bird(Gecko):
    def mail(self, script, *args):
        return self.run(PRELUDE + script, *args)


class Box:
    """The mailbox as another client sees it."""

    def __init__(self, server):
        self.m = imaplib.IMAP4_SSL('127.0.0.1', server.ports['imaps'], ssl_context=NO_VERIFY)
        self.m.login('ann@example.test', 'secret-ann')

    def add(self, *subjects, box='INBOX', body=b'body of it\r\n', content='text/plain; charset=us-ascii'):
        for subject in subjects:
            text = ('From: Ben <ben@example.test>\r\nTo: ann@example.test\r\nSubject: %s\r\nDate: Mon, 23 Nov 2026 10:00:00 +0900\r\n'
                    'Message-ID: <%d@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: %s\r\n\r\n'
                    % (subject, abs(hash(subject)), content)).encode('ascii') + body
            assert self.m.append(box, None, None, text)[0] == 'OK'

    def flags(self, subject, box='INBOX'):
        """None: it is not there."""
        self.m.select(box)
        number = self.m.uid('SEARCH', 'SUBJECT', '"%s"' % subject)[1][0]
        if not number:
            return None
        line = self.m.uid('FETCH', number, '(FLAGS)')[1][0].decode()
        return set(line.split('FLAGS (')[1].split(')')[0].split()) - {'\\Recent'}

    def wait(self, what, condition):
        return wait_until(condition, 30, what, 0.1)


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    listeners = dict(LISTENERS, http=('http', 'none'))
    with running(tmp_path_factory.mktemp('tayori'), listeners=listeners, sections='web { mail_host = "localhost" }',
                 users=('ann', 'ben')) as s:
        yield s


@pytest.fixture
def box(server):
    b = Box(server)
    yield b
    b.m.logout()


def set_up(bird, server, cert):
    """As the account hub does it: find the settings, try them, make the account. The certificate is accepted as a person does."""
    return bird.mail('''
      const {FetchConfig} = ChromeUtils.importESModule("resource:///modules/accountcreation/FetchConfig.sys.mjs");
      const {AccountConfig} = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
      const {ConfigVerifier} = ChromeUtils.importESModule("resource:///modules/accountcreation/ConfigVerifier.sys.mjs");
      const {CreateInBackend} = ChromeUtils.importESModule("resource:///modules/accountcreation/CreateInBackend.sys.mjs");
      const stop = new AbortController().signal;
      const config = await FetchConfig.fromISP("example.test", args[0], stop);
      const seen = {source: config.subSource, types: [config.incoming, ...config.incomingAlternatives].map(
        c => [c.type, c.hostname, c.port, c.socketType]), out: [config.outgoing.hostname, config.outgoing.port, config.outgoing.socketType]};
      const cert = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).constructX509FromBase64(args[2]);
      const overrides = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
      for (const [, host, port] of [...seen.types, [0, ...seen.out]])
        overrides.rememberValidityOverride(host, port, {}, cert, true);
      config.identity.realname = "Ann"; config.identity.emailAddress = args[0];
      AccountConfig.replaceVariables(config, "Ann", args[0], args[1]);
      config.rememberPassword = true;
      await new ConfigVerifier(window.msgWindow, stop).verifyConfig(config, false);
      const account = await CreateInBackend.createAccountInBackend(config);
      seen.key = account.incomingServer.key;
      return seen;''', 'ann@example.test', 'secret-ann', cert)


@pytest.fixture(scope='module')
def bird(server, tmp_path_factory):
    program = shutil.which('thunderbird')
    folder = str(tmp_path_factory.mktemp('thunderbird'))
    display = Display(folder)
    # Our web role stands where a proxy would: so no port below 1024 is needed, and it meets requests in absolute form.
    proxy = {'network.proxy.type': 1, 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': server.ports['http'],
             'network.proxy.no_proxies_on': ''}
    try:
        bird = Bird(program, folder, dict(PREFS, **proxy), display)
        try:
            with open(server.cert) as f:
                cert = ''.join(line.strip() for line in f if not line.startswith('-----'))
            bird.found = set_up(bird, server, cert)
            first = Box(server)
            first.add('welcome')
            first.m.logout()
            bird.mail('await shown(folder("INBOX"), "welcome"); server().performExpand(window.msgWindow);'
                      'await until("the folders", () => root().getFolderWithFlags(Ci.nsMsgFolderFlags.Trash));')
            yield bird
            bird.quit()
        finally:
            bird.kill()
    finally:
        display.close()


def test_the_account_is_set_up_by_autoconfiguration(bird, server):
    p = server.ports
    assert bird.found['source'] == 'xml-from-isp-http'
    # 3 is TLS from the first octet, 2 STARTTLS; the first of each kind is preferred.
    assert bird.found['types'] == [['imap', 'localhost', p['imaps'], 3], ['imap', 'localhost', p['imap'], 2],
                                   ['pop3', 'localhost', p['pop3s'], 3], ['pop3', 'localhost', p['pop3'], 2]]
    assert bird.found['out'] == ['localhost', p['submissions'], 3]
    with pytest.raises(ScriptError):
        bird.run('const {FetchConfig} = ChromeUtils.importESModule("resource:///modules/accountcreation/FetchConfig.sys.mjs");'
                 'await FetchConfig.fromISP("example.com", "ann@example.com", new AbortController().signal);')


def test_special_folders_are_known(bird):
    got = bird.mail('''const F = Ci.nsMsgFolderFlags;
      return [F.Inbox, F.SentMail, F.Drafts, F.Trash, F.Junk, F.Archive].map(f => (root().getFolderWithFlags(f) || {}).name || null);''')
    assert got == ['INBOX', 'Sent', 'Drafts', 'Trash', 'Junk', 'Archive']


def test_new_mail_is_pushed_and_read(bird, box):
    box.add('=?ISO-2022-JP?B?%s?=' % base64.b64encode('春のお知らせ'.encode('iso-2022-jp')).decode(), content='text/plain; charset=iso-2022-jp',
            body='桜の便りが届きました。\r\n'.encode('iso-2022-jp'))
    # No update is asked for: it comes by IDLE. Opened in the message pane it is shown and becomes read.
    got = bird.mail('''const f = folder("INBOX"), h = await arrived(f, "春のお知らせ");
      const pane = await until("the mail tab", () => document.getElementById("tabmail").currentAbout3Pane);
      pane.displayFolder(f.URI);
      await until("the list", () => pane.gDBView && pane.gDBView.rowCount > 0 && pane.gFolder == f);
      await until("the row", () => pane.gDBView.findIndexOfMsgHdr(h, true) < 0xffff);
      pane.threadTree.selectedIndex = pane.gDBView.findIndexOfMsgHdr(h, true);
      const text = () => { const b = pane.messageBrowser.contentWindow.getMessagePaneBrowser(); return b && b.contentDocument &&
        b.contentDocument.body ? b.contentDocument.body.textContent : ""; };
      await until("the text", () => text().includes("桜の便り"));
      await until("read", () => h.isRead);
      return [h.mime2DecodedAuthor, text().trim()];''')
    assert got[0] == 'Ben <ben@example.test>' and got[1].endswith('桜の便りが届きました。'), got
    box.m.select('INBOX')
    box.wait('\\Seen', lambda: box.m.search(None, 'SEEN')[1][0])


def test_flags_go_both_ways(bird, box):
    box.add('to be flagged')
    bird.mail('''const f = folder("INBOX"), h = await shown(f, "to be flagged");
      f.markMessagesFlagged([h], true); f.markMessagesRead([h], true);
      f.addKeywordsToMessages([h], "$label1");''')
    box.wait('the flags', lambda: box.flags('to be flagged') == {'\\Flagged', '\\Seen', '$label1'})
    box.m.select('INBOX')
    number = box.m.uid('SEARCH', 'SUBJECT', '"to be flagged"')[1][0]
    box.m.uid('STORE', number, '-FLAGS', '(\\Flagged $label1)')
    box.m.uid('STORE', number, '+FLAGS', '(\\Answered)')
    bird.mail('''const h = found(folder("INBOX"), "to be flagged");
      await until("the flags of others", () => !h.isFlagged && (h.flags & Ci.nsMsgMessageFlags.Replied) &&
        !h.getStringProperty("keywords").includes("$label1"));''')


def test_folders_and_moving(bird, box):
    box.add('to be moved', 'to be copied')
    bird.mail('''const f = folder("INBOX"); const a = await shown(f, "to be moved"), b = await shown(f, "to be copied");
      root().createSubfolder("仕事 & more", window.msgWindow);
      const to = await until("the folder", () => root().containsChildNamed("仕事 & more") && folder("仕事 & more"));
      MailServices.copy.copyMessages(f, [a], to, true, null, window.msgWindow, false);
      await until("it to be gone here", () => !found(f, "to be moved"));
      MailServices.copy.copyMessages(f, [b], to, false, null, window.msgWindow, false);
      await shown(to, "to be moved"); await shown(to, "to be copied");''')
    name = '"&TtVOiw- &- more"'
    assert box.flags('to be moved', name) is not None and box.flags('to be copied', name) is not None
    assert box.flags('to be moved') is None and box.flags('to be copied') is not None


SEARCH = '''
  const f = folder("INBOX");
  const search = (attrib, op, text) => new Promise(resolve => {
    const s = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(Ci.nsIMsgSearchSession), hits = [];
    s.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, f);
    const term = s.createTerm(), value = term.value;
    value.attrib = attrib; value.str = text; term.value = value; term.attrib = attrib; term.op = op;
    s.appendTerm(term);
    s.registerListener({QueryInterface: ChromeUtils.generateQI(["nsIMsgSearchNotify"]), onNewSearch() {},
      onSearchHit(h) { hits.push(h.mime2DecodedSubject); }, onSearchDone() { resolve(hits.sort()); }}, Ci.nsIMsgSearchSession.allNotifications);
    s.search(window.msgWindow);
  });
  const A = Ci.nsMsgSearchAttrib, O = Ci.nsMsgSearchOp;
'''


def test_searching_on_the_server(bird, box):
    subject = '=?UTF-8?B?%s?=' % base64.b64encode('会議の議事録'.encode()).decode()
    box.add(subject, content='text/plain; charset=shift_jis', body='次回は金曜日です\r\n'.encode('cp932'))
    box.add('nothing here', body=b'a needle in the hay\r\n')
    got = bird.mail(SEARCH + '''await shown(f, "会議の議事録"); await shown(f, "nothing here");
      return [await search(A.Subject, O.Contains, "議事"), await search(A.Body, O.Contains, "金曜日"),
              await search(A.Body, O.Contains, "NEEDLE"), await search(A.Body, O.Contains, "no such words")];''')
    assert got == [['会議の議事録'], ['会議の議事録'], ['nothing here'], []]


def test_deleting(bird, box):
    box.add('to be deleted')
    bird.mail('''const f = folder("INBOX"), h = await shown(f, "to be deleted");
      f.deleteMessages([h], window.msgWindow, false, true, null, false);
      await until("it to be gone here", () => !found(f, "to be deleted"));
      await shown(trash(), "to be deleted");''')
    assert box.flags('to be deleted') is None and box.flags('to be deleted', 'Trash') is not None
    bird.mail('trash().emptyTrash(null);')
    box.wait('the trash to be empty', lambda: box.flags('to be deleted', 'Trash') is None)


def test_working_offline(bird, box):
    box.add('for the train', body=b'read me in a tunnel\r\n')
    got = bird.mail('''const f = folder("INBOX"), h = await shown(f, "for the train");
      f.setFlag(Ci.nsMsgFolderFlags.Offline);
      // It may be fetching just now by itself; to be asked twice is what it complains about.
      let n = 0;
      await until("it to be kept here", () => { if (n++ == 60) f.downloadMessagesForOffline([h], null);
        return h.flags & Ci.nsMsgMessageFlags.Offline; });
      server().closeCachedConnections();
      Services.io.offline = true;
      const text = await new Promise((resolve, reject) => {
        const uri = f.getUriForMsg(h), s = MailServices.messageServiceFromURI(uri); let all = "";
        s.streamMessage(uri, {QueryInterface: ChromeUtils.generateQI(["nsIStreamListener", "nsIRequestObserver"]), onStartRequest() {},
          onDataAvailable(r, stream, offset, n) { const i = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(Ci.nsIScriptableInputStream);
            i.init(stream); all += i.read(n); },
          onStopRequest(r, status) { Components.isSuccessCode(status) ? resolve(all) : reject(new Error("status " + status)); }},
          window.msgWindow, null, false, "", true);
      });
      f.markMessagesFlagged([h], true);
      return [Services.io.offline, text.includes("in a tunnel"), h.isFlagged];''')
    assert got == [True, True, True]
    assert '\\Flagged' not in box.flags('for the train')
    bird.mail('''const m = Cc["@mozilla.org/messenger/offline-manager;1"].getService(Ci.nsIMsgOfflineManager);
      m.goOnline(false, true, window.msgWindow);
      await until("to be online", () => !Services.io.offline);''')
    box.wait('what was done offline', lambda: '\\Flagged' in box.flags('for the train'))
    box.add('after the tunnel')
    bird.mail('await shown(folder("INBOX"), "after the tunnel");')
