/*
 * sender: the bytes of an answer, whole or spoiled: compressed, chunked, cut,
 * dripped, stalled.
 */
#ifndef GRAPHSIM_SENDER_H
#define GRAPHSIM_SENDER_H

#include <microhttpd.h>

#include "fault.h"
#include "http.h"

/* The answer for libmicrohttpd; socket: to notice that a client left. */
struct MHD_Response *sender_response(const struct request *r,
    const struct reply *reply, const struct wire *w, int socket);

/* Send RST now, whatever lies in the buffers. */
void sender_reset(int socket);

/* Sleep, but not longer than the program shall run. */
void sender_sleep(long ms);

/* End all stalls: the program stops. */
void sender_stop(void);

#endif
