/*
 * Print what GMime makes of files, one JSON object a line: the tree of parts with types, encodings
 * and the place of each leaf, and the decoded subject. A peer in the comparison of parsers; nothing
 * else uses it.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#include <gmime/gmime.h>
#pragma GCC diagnostic pop
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *part_json(GMimeObject *object);

static json_t *message_json(GMimeMessage *message)
{
	GMimeObject *root = message ? g_mime_message_get_mime_part(message) : NULL;

	return root ? part_json(root) : json_null();
}

static void add_leaf(json_t *o, GMimePart *part)
{
	const char *encoding = g_mime_content_encoding_to_string(
		g_mime_part_get_content_encoding(part));
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = content ? g_mime_data_wrapper_get_stream(content) : NULL;

	json_object_set_new(o, "encoding", json_string(encoding ? encoding : ""));
	if (!stream)
		return;
	json_object_set_new(o, "offset", json_integer(stream->bound_start));
	json_object_set_new(o, "size", json_integer(g_mime_stream_length(stream)));
}

static json_t *part_json(GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	json_t *o = json_object(), *children = json_array();

	json_object_set_new(o, "type", json_string(g_mime_content_type_get_media_type(type)));
	json_object_set_new(o, "subtype", json_string(g_mime_content_type_get_media_subtype(type)));
	if (GMIME_IS_MULTIPART(object)) {
		GMimeMultipart *multipart = (GMimeMultipart *)(void *)object;
		int count = g_mime_multipart_get_count(multipart);

		for (int i = 0; i < count; i++)
			json_array_append_new(children,
			                      part_json(g_mime_multipart_get_part(multipart, i)));
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessagePart *message = (GMimeMessagePart *)(void *)object;

		json_array_append_new(children,
		                      message_json(g_mime_message_part_get_message(message)));
	} else if (GMIME_IS_PART(object)) {
		add_leaf(o, (GMimePart *)(void *)object);
	}
	json_object_set_new(o, "children", children);
	return o;
}

static void dump(const char *path)
{
	FILE *f = fopen(path, "rb");
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;
	const char *subject;
	json_t *o = json_object();

	if (!f) {
		perror(path);
		exit(1);
	}
	stream = g_mime_stream_file_new(f);
	parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	message = g_mime_parser_construct_message(parser, NULL);
	subject = message ? g_mime_message_get_subject(message) : NULL;
	json_object_set_new(o, "tree", message_json(message));
	json_object_set_new(o, "subject", subject ? json_string(subject) : json_null());
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
	if (message)
		g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
}

int main(int argc, char **argv)
{
	g_mime_init();
	for (int i = 1; i < argc; i++)
		dump(argv[i]);
	g_mime_shutdown();
	return 0;
}
