/*
 * bounds: every maximum, a sentence each.  Sizes are in bytes unless said
 * otherwise.  What comes from outside is checked against one of these.
 */
#ifndef BOUNDS_H
#define BOUNDS_H

/* One line of the stream: a Graph event with a large body fits easily. */
#define LINE_MAX_BYTES ((size_t)4 * 1024 * 1024)

/* Nesting of JSON values in a line; Graph's events need 6. */
#define JSON_DEPTH_MAX 32

/* Records between two page marks, and bytes, whichever comes first. */
#define PAGE_RECORDS_MAX 500
#define PAGE_BYTES_MAX	 ((size_t)8 * 1024 * 1024)

/* One HTTP answer, after decompression. */
#define HTTP_BODY_MAX ((size_t)64 * 1024 * 1024)

/* An id, a delta link or a URL that Graph gave us. */
#define URL_MAX_BYTES ((size_t)32 * 1024)

/* Memory of one record, of one page, and of what lives for the whole run. */
#define RECORD_ARENA_MAX ((size_t)256 * 1024 * 1024)
#define PAGE_ARENA_MAX	 ((size_t)512 * 1024 * 1024)
#define RUN_ARENA_MAX	 ((size_t)256 * 1024 * 1024)

/* A message on stderr: PIPE_BUF, so that lines never interleave. */
#define LOG_LINE_MAX 4096

#endif
