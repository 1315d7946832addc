/* What would be left after a power cut: at every fsync the file is copied as it
 * then is. A write that was not synced is not in the copy.
 *
 * Preloaded into a writer; FAULTS_SYNCED_FROM and FAULTS_SYNCED_TO are folders. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int syncs;
/* How often the log of the database was synced in this process. */
int faults_syncs(void) { return syncs; }

static void count(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size > 4 && strncmp(path + size - 4, "-wal", 4) == 0) syncs++;
}

static void keep(int fd) {
    const char *from = getenv("FAULTS_SYNCED_FROM"), *to = getenv("FAULTS_SYNCED_TO");
    char link[64], path[4096], copy[4200], buffer[65536];
    if (!from || !to) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return;
    path[size] = 0;
    if (strncmp(path, from, strlen(from)) != 0 || !strrchr(path, '/')) return;
    snprintf(copy, sizeof copy, "%s%s", to, strrchr(path, '/'));
    int target = open(copy, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    /* Read through this descriptor: closing another one would drop this process's locks. */
    off_t at = 0;
    if (target < 0) return;
    for (; (size = pread(fd, buffer, sizeof buffer, at)) > 0; at += size)
        if (write(target, buffer, size) != size) abort();
    close(target);
}

int fsync(int fd) {
    int (*genuine)(int) = dlsym(RTLD_NEXT, "fsync");
    int result = genuine(fd);
    if (result == 0) count(fd), keep(fd);
    return result;
}

int fdatasync(int fd) {
    int (*genuine)(int) = dlsym(RTLD_NEXT, "fdatasync");
    int result = genuine(fd);
    if (result == 0) count(fd), keep(fd);
    return result;
}
