'use strict';
/* A day of ImapFlow, an IMAP client library for Node.js. usage: node imapflow.js FOLDER-WITH-node_modules PORT IMPLICIT|STARTTLS
 * Prints "ok NAME" for each step, and ends with status 1 at the first that fails. */
const assert = require('node:assert');
const { createRequire } = require('node:module');
const { ImapFlow } = createRequire(process.argv[2] + '/x.js')('imapflow');

const client = more => {
	const c = new ImapFlow(Object.assign({
		host: 'localhost', port: Number(process.argv[3]), secure: process.argv[4] === 'IMPLICIT', logger: false,
		auth: { user: 'ann@example.test', pass: 'secret-ann' }, tls: { rejectUnauthorized: false },
	}, more));
	c.on('error', () => {});
	return c;
};
const mail = n => [
	'From: "Ben \\"B\\" X" <ben@example.test>', 'To: ann@example.test', `Subject: =?utf-8?B?${Buffer.from('便り ' + n).toString('base64')}?=`,
	`Message-ID: <f${n}@example.test>`, 'Date: Mon, 23 Nov 2026 10:00:00 +0900', 'MIME-Version: 1.0',
	'Content-Type: multipart/mixed; boundary="b"', '', '--b', 'Content-Type: text/plain; charset=iso-2022-jp', '',
	['\x1b$B', '\x1b(B'].join('$O$J'), '--b', 'Content-Type: application/octet-stream; name="x.bin"',
	'Content-Disposition: attachment; filename="x.bin"', 'Content-Transfer-Encoding: base64', '',
	Buffer.alloc(3000, n).toString('base64').replace(/(.{76})/g, '$1\r\n'), '--b--', ''].join('\r\n');
const once = (emitter, name) => new Promise((resolve, reject) => {
	const timer = setTimeout(() => reject(new Error('no ' + name + ' in 30 s')), 30000);
	emitter.once(name, value => { clearTimeout(timer); resolve(value); });
});
async function step(name, f) {
	try {
		await f();
		console.log('ok ' + name);
	} catch (e) {
		console.log('FAILED ' + name + ': ' + (e.responseText || '') + ' ' + e.stack);
		process.exit(1);
	}
}

async function main() {
	const c = client({ qresync: true }), other = client();
	let validity, modseq, knownUids, uids = [];

	await step('log in', async () => {
		await c.connect();
		await other.connect();
		assert(c.secureConnection);
	});
	await step('capabilities in use', async () => {
		for (const name of ['CONDSTORE', 'IDLE', 'MOVE', 'UIDPLUS', 'SPECIAL-USE', 'ENABLE'])
			assert(c.capabilities.has(name), name);
		assert.strictEqual(c.capabilities.has('COMPRESS=DEFLATE'), !!(c._inflate && c._deflate), 'compressed');
		assert(!c.capabilities.has('QRESYNC') || c.enabled.has('QRESYNC'), 'QRESYNC is not enabled');
	});
	await step('list', async () => {
		const boxes = await c.list({ statusQuery: { messages: true, unseen: true, uidNext: true } });
		assert.deepStrictEqual(boxes.map(b => b.specialUse).filter(Boolean).sort(),
			['\\Archive', '\\Drafts', '\\Inbox', '\\Junk', '\\Sent', '\\Trash']);
	});
	await step('make, subscribe, rename', async () => {
		await c.mailboxDelete('仕事').catch(() => {});
		assert((await c.mailboxCreate('仕事')).created);
		assert(!(await c.mailboxCreate('仕事')).created);
		assert(await c.mailboxSubscribe('仕事'));
		await c.mailboxRename('仕事', 'Ünter & 仕事');
		assert((await c.list()).some(b => b.path === 'Ünter & 仕事'));
		await c.mailboxRename('Ünter & 仕事', '仕事');
	});
	await step('append', async () => {
		for (let n = 1; n <= 5; n++) {
			const r = await c.append('仕事', mail(n), n === 1 ? ['\\Seen', '$Label1'] : [], new Date(`2026-05-0${n}T12:00:00Z`));
			uids.push(r.uid);
		}
		assert.deepStrictEqual(uids, [1, 2, 3, 4, 5]);
	});
	let lock = await c.getMailboxLock('仕事');
	await step('select', () => {
		assert.strictEqual(c.mailbox.exists, 5);
		assert(c.mailbox.highestModseq > 0n);
		validity = c.mailbox.uidValidity;
	});
	await step('fetch', async () => {
		let n = 0;
		for await (const m of c.fetch('1:*', { uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true,
			size: true, headers: ['subject'], bodyParts: ['1'], source: true })) {
			n++;
			assert.strictEqual(m.envelope.subject, '便り ' + n);
			assert.strictEqual(m.envelope.from[0].name, 'Ben "B" X');
			assert.strictEqual(m.bodyStructure.childNodes[1].disposition, 'attachment');
			assert.strictEqual(m.source.length, m.size);
			assert(m.internalDate.toISOString().startsWith('2026-05-0' + n));
		}
		assert.strictEqual(n, 5);
	});
	await step('download', async () => {
		const { meta, content } = await c.download('3', '2');
		let n = 0;
		for await (const x of content) n += x.length;
		assert.deepStrictEqual([meta.filename, n], ['x.bin', 3000]);
		let text = '';
		for await (const x of (await c.download('2', '1')).content) text += x;
		assert(text.includes('はな'), text);
	});
	await step('search', async () => {
		const s = async q => c.search(q, { uid: true });
		assert.deepStrictEqual(await s({ seen: true }), [1]);
		assert.deepStrictEqual(await s({ subject: '便り 3' }), [3]);
		assert.strictEqual((await s({ body: 'はな' })).length, 5);
		assert.deepStrictEqual(await s({ keyword: '$Label1' }), [1]);
		assert.deepStrictEqual(await s({ since: new Date('2026-05-03'), before: new Date('2026-05-05') }), [3, 4]);
		assert.deepStrictEqual(await s({ or: [{ uid: '1' }, { larger: 1000000 }] }), [1]);
		assert.deepStrictEqual(await s({ header: { 'message-id': 'f4@' } }), [4]);
	});
	await step('flags', async () => {
		await c.messageFlagsAdd('2', ['\\Flagged', 'custom']);
		let m = await c.fetchOne('2', { flags: true });
		assert(m.flags.has('\\Flagged') && m.flags.has('custom'));
		await c.messageFlagsSet('2', ['\\Answered']);
		m = await c.fetchOne('2', { flags: true });
		assert(m.flags.has('\\Answered') && !m.flags.has('custom'));
		await c.messageFlagsRemove('2', ['\\Answered']);
	});
	await step('copy and move', async () => {
		assert.deepStrictEqual([...(await c.messageCopy('1:2', '仕事')).uidMap], [[1, 6], [2, 7]]);
		await c.noop();
		const before = (await c.status('Archive', { messages: true })).messages;
		assert.deepStrictEqual([...(await c.messageMove('6:7', 'Archive')).uidMap.keys()], [6, 7]);
		assert.strictEqual((await c.status('Archive', { messages: true })).messages, before + 2);
	});
	await step('IDLE tells of a new message at once', async () => {
		const idle = c.idle(), came = once(c, 'exists');
		await new Promise(r => setTimeout(r, 200));
		const began = Date.now();
		await other.append('仕事', mail(8));
		assert.strictEqual((await came).count, 6);
		assert(Date.now() - began < 5000);
		await c.noop();
		await idle;
	});
	await step('flags and expunges of another session', async () => {
		const flags = once(c, 'flags'), gone = once(c, 'expunge');
		const l = await other.getMailboxLock('仕事');
		await other.messageFlagsAdd('1', ['\\Flagged']);
		await other.messageDelete('6');
		l.release();
		await c.noop();
		assert((await flags).flags.has('\\Flagged'));
		/* With QRESYNC it is told by UID, and ImapFlow does not count then. */
		const e = await gone;
		assert(e.vanished ? e.uid === 8 : e.seq === 6, JSON.stringify(e));
		assert.strictEqual((await other.status('仕事', { messages: true })).messages, 5);
	});
	await step('changes since a MODSEQ', async () => {
		modseq = c.mailbox.highestModseq;
		await c.messageFlagsAdd('3', ['\\Seen']);
		const got = [];
		for await (const m of c.fetch('1:*', { flags: true, uid: true }, { changedSince: modseq })) got.push(m.uid);
		assert.deepStrictEqual(got, [3]);
		await c.noop();
		modseq = c.mailbox.highestModseq;
	});
	await step('what happened while away (QRESYNC)', async () => {
		if (!c.capabilities.has('QRESYNC'))
			return;
		lock.release();
		await c.mailboxOpen('INBOX');
		const l = await other.getMailboxLock('仕事');
		await other.messageFlagsAdd('4', ['\\Flagged']);
		await other.messageDelete('2');
		l.release();
		const gone = [], changed = [];
		const onGone = e => gone.push(e.uid);
		c.on('expunge', onGone);
		lock = await c.getMailboxLock('仕事', { changedSince: modseq, uidValidity: validity });
		for await (const m of c.fetch('1:*', { flags: true, uid: true }, { changedSince: modseq })) changed.push(m.uid);
		c.off('expunge', onGone);
		assert.deepStrictEqual([changed, gone], [[4], [2]]);
		assert.strictEqual(c.mailbox.exists, 4);
	});
	await step('delete', async () => {
		await c.messageDelete('1:*');
		assert.deepStrictEqual(await c.search({ all: true }), []);
		lock.release();
		await c.mailboxOpen('INBOX');
		await c.mailboxDelete('仕事');
	});
	await step('quota', async () => assert(await c.getQuota('INBOX')));
	await step('log out', async () => { await c.logout(); await other.logout(); });
}

main().catch(e => { console.log('FAILED ' + e.stack); process.exit(1); });
