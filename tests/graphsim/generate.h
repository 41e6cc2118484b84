/*
 * generate: big worlds from a few numbers, for measurements.
 */
#ifndef GRAPHSIM_GENERATE_H
#define GRAPHSIM_GENERATE_H

#include <jansson.h>

/*
 * {"mailboxes":200,"events":5000,"domain":"firm.test","series":2,
 *  "days":365,"attendees":1}
 * Mailboxes are u001@domain and so on; "series" percent of the events are
 * endless weekly ones; the others are spread over "days" days from now on;
 * each has "attendees" clients outside.
 */
void generate_world(json_t *spec);

#endif
