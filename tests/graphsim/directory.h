/*
 * directory: users and rooms.
 */
#ifndef GRAPHSIM_DIRECTORY_H
#define GRAPHSIM_DIRECTORY_H

#include "http.h"

struct reply *directory_users(struct request *r);
struct reply *directory_user(struct request *r, struct user *u);
struct reply *directory_places(struct request *r);
struct reply *directory_organization(struct request *r);

#endif
