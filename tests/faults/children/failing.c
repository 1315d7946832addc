/* A disk that refuses: from the n-th call on files below a folder, or at that call only,
 * writes, syncs, truncations, openings and removals fail with a given error.
 *
 * Preloaded into a process, which arms it through ctypes. Nothing fails until then.
 * STICKY: all later calls fail too. HALF: the first refused write takes half. LIE: a sync
 * that fails says that it did not. SYNCS: only syncs count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { STICKY = 1, HALF = 2, LIE = 4, SYNCS = 8 };

static char below[4096], refused[64];
static int nth, error, flags, seen, hit;

/* Arm: the nth call fails (0: none, calls are only counted). */
void faults_arm(const char *folder, int at, int number, int how) {
    snprintf(below, sizeof below, "%s", folder);
    refused[0] = 0;
    nth = at, error = number, flags = how, seen = 0, hit = 0;
}
void faults_disarm(void) { below[0] = 0; }
int faults_seen(void) { return seen; }
int faults_hit(void) { return hit; }
const char *faults_refused(void) { return refused; }

static int refuses(const char *call, const char *path) {
    if (!below[0] || strncmp(path, below, strlen(below)) != 0) return 0;
    if (flags & SYNCS && strcmp(call, "sync") != 0) return 0;
    seen++;
    if (!nth || seen < nth || (seen > nth && !(flags & STICKY))) return 0;
    if (!hit++) {
        const char *dash = strrchr(strrchr(path, '/'), '-');
        snprintf(refused, sizeof refused, "%s%.40s", call, dash ? dash : "");
    }
    errno = error;
    return 1;
}

static int refuses_fd(const char *call, int fd) {
    char link[64], path[4096];
    if (!below[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return refuses(call, path);
}

static int refuses_at(const char *call, int folder, const char *path) {
    char link[64], whole[8192];
    if (!below[0]) return 0;
    if (path[0] == '/' || folder == AT_FDCWD) return refuses(call, path);
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t size = readlink(link, whole, 4000);
    if (size <= 0) return 0;
    snprintf(whole + size, sizeof whole - size, "/%s", path);
    return refuses(call, whole);
}

/* A full disk takes what still fits: half of the first refused write. */
static size_t fitting(size_t count) {
    return flags & HALF && flags & STICKY && hit == 1 ? count / 2 : 0;
}

ssize_t write(int fd, const void *data, size_t count) {
    ssize_t (*genuine)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (refuses_fd("write", fd) && !(count = fitting(count))) return -1;
    return genuine(fd, data, count);
}

#define PWRITE(name, offset)                                                                  \
    ssize_t name(int fd, const void *data, size_t count, offset at) {                         \
        ssize_t (*genuine)(int, const void *, size_t, offset) = dlsym(RTLD_NEXT, #name);      \
        if (refuses_fd("pwrite", fd) && !(count = fitting(count))) return -1;                 \
        return genuine(fd, data, count, at);                                                  \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC(name)                                                                            \
    int name(int fd) {                                                                        \
        int (*genuine)(int) = dlsym(RTLD_NEXT, #name);                                        \
        return refuses_fd("sync", fd) ? (flags & LIE ? 0 : -1) : genuine(fd);                 \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, offset)                                                                \
    int name(int fd, offset size) {                                                           \
        int (*genuine)(int, offset) = dlsym(RTLD_NEXT, #name);                                \
        return refuses_fd("truncate", fd) ? -1 : genuine(fd, size);                           \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

/* Where there is no room, files that exist can still be opened, and all can be removed. */
static int no_room(void) { return error == ENOSPC || error == EDQUOT; }

#define MODE                                                                                  \
    mode_t mode = 0;                                                                          \
    if (how & (O_CREAT | O_TMPFILE)) {                                                        \
        va_list rest;                                                                         \
        va_start(rest, how);                                                                  \
        mode = va_arg(rest, mode_t);                                                          \
        va_end(rest);                                                                         \
    }

#define OPEN(name)                                                                            \
    int name(const char *path, int how, ...) {                                                \
        MODE int (*genuine)(const char *, int, mode_t) = dlsym(RTLD_NEXT, #name);             \
        int makes = how & O_CREAT && access(path, F_OK) != 0;                                 \
        return (makes || !no_room()) && refuses("open", path) ? -1 : genuine(path, how, mode);\
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                          \
    int name(int folder, const char *path, int how, ...) {                                    \
        MODE int (*genuine)(int, const char *, int, mode_t) = dlsym(RTLD_NEXT, #name);        \
        int makes = how & O_CREAT && faccessat(folder, path, F_OK, 0) != 0;                   \
        if ((makes || !no_room()) && refuses_at("open", folder, path)) return -1;             \
        return genuine(folder, path, how, mode);                                              \
    }
OPENAT(openat)
OPENAT(openat64)

int unlink(const char *path) {
    int (*genuine)(const char *) = dlsym(RTLD_NEXT, "unlink");
    return !no_room() && refuses("unlink", path) ? -1 : genuine(path);
}

int renameat(int from, const char *old, int to, const char *new) {
    int (*genuine)(int, const char *, int, const char *) = dlsym(RTLD_NEXT, "renameat");
    return refuses_at("rename", to, new) ? -1 : genuine(from, old, to, new);
}
