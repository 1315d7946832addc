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
    int source = open(path, O_RDONLY), target = open(copy, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (source >= 0 && target >= 0)
        while ((size = read(source, buffer, sizeof buffer)) > 0)
            if (write(target, buffer, size) != size) abort();
    if (source >= 0) close(source);
    if (target >= 0) close(target);
}

int fsync(int fd) {
    int (*genuine)(int) = dlsym(RTLD_NEXT, "fsync");
    int result = genuine(fd);
    if (result == 0) keep(fd);
    return result;
}

int fdatasync(int fd) {
    int (*genuine)(int) = dlsym(RTLD_NEXT, "fdatasync");
    int result = genuine(fd);
    if (result == 0) keep(fd);
    return result;
}
