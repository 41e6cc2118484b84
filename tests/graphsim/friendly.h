/*
 * friendly: events as people write them in worlds and actions, turned into
 * the body that the API would take.
 */
#ifndef GRAPHSIM_FRIENDLY_H
#define GRAPHSIM_FRIENDLY_H

#include <jansson.h>

/*
 * {"subject","start":"2026-11-24T10:00","zone","attendees":["a@b",...],...}
 * becomes {"subject","start":{"dateTime","timeZone"},...}.  Members that are
 * already in the API's form pass unchanged.
 */
json_t *friendly_body(json_t *event, const char *default_zone);

#endif
