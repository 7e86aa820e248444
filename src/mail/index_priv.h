/*
 * The index of parts as it is stored (mail_message.parts).
 *
 *	index  = version:octet total:varint record
 *	record = kind-and-encoding:octet offset:varint header-size:varint body-size:varint
 *	         [ size:u32le record* ]          only in multiparts and messages
 *
 * The offset of a part's header counts from the header of the part before it in the same container,
 *or from the body of the container for the first. A message has one record inside: the message it
 *encloses. Varints are little-endian groups of seven bits. A change of the form changes the
 *version.
 */
#ifndef TAYORI_MAIL_INDEX_PRIV_H
#define TAYORI_MAIL_INDEX_PRIV_H

enum {
	INDEX_VERSION = 1
};

/* Low two bits of the first octet; the next two are an index into INDEX_ENCODINGS. */
enum {
	INDEX_LEAF,
	INDEX_MULTIPART,
	INDEX_MESSAGE
};

#define INDEX_ENCODINGS "7qbu"

#endif
