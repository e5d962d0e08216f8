#pragma once
// What Swift's own module of the C library leaves out.
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
