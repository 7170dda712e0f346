// An OpenAI-compatible upstream that answers at once, so that what is measured is what stands in front of it.
//
//   upstream PORT
//
// One thread, epoll. `POST .../chat/completions` answers a fixed completion of about 400 bytes; with "stream":true an event
// stream of 500 chunks, one write each, taking turns between connections. The model "slow" gets a chunk every 200 ms, 100 of
// them. `GET .../models` lists both models. Nothing is checked: not for use outside of benchmarks.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNKS = 500, SLOW_CHUNKS = 100, SLOW_MS = 200, MAX_FD = 65536 };

struct connection {
    char *in;
    size_t used, size;
    int chunks_left;
    int slow;
    long long due;
    int closing;
};

static struct connection connections[MAX_FD];
static int active[MAX_FD], active_count;  // descriptors with a stream under way

static const char plain_body[] =
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"instant\",\"choices\":[{\"index\":0,"
    "\"message\":{\"role\":\"assistant\",\"content\":\"Seoul is the capital of Korea. It lies on the Han river and has about nine "
    "million inhabitants, more than any other city of the country.\"},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":31,\"total_tokens\":43}}";
static const char models_body[] =
    "{\"object\":\"list\",\"data\":[{\"id\":\"instant\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"bench\"},"
    "{\"id\":\"slow\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"bench\"}]}";
static const char stream_head[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char event[] =
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"instant\",\"choices\":"
    "[{\"index\":0,\"delta\":{\"content\":\" token\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";
static const char last[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
static char chunk[512];
static int chunk_length;

static long long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void end(int fd) {
    struct connection *c = &connections[fd];
    free(c->in);
    memset(c, 0, sizeof *c);
    close(fd);
}

// Small answers fit into the socket's buffer: waiting is not worth a state machine.
static int send_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0) {
            if (errno == EAGAIN) {
                usleep(100);
                continue;
            }
            return -1;
        }
        bytes += written;
        count -= written;
    }
    return 0;
}

static int answer(int fd, const char *body) {
    char out[2048];
    int n = snprintf(out, sizeof out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    return send_all(fd, out, n);
}

// Handles the requests in the buffer. -1: close.
static int serve(int fd) {
    struct connection *c = &connections[fd];
    while (c->used > 0 && c->chunks_left == 0) {
        char *head_end = memmem(c->in, c->used, "\r\n\r\n", 4);
        if (!head_end) return 0;
        size_t head = head_end + 4 - c->in, length = 0;
        for (char *line = c->in; line < head_end; line = memchr(line, '\n', head_end + 2 - line) + 1) {
            if (strncasecmp(line, "content-length:", 15) == 0) length = strtoul(line + 15, NULL, 10);
            if (!memchr(line, '\n', head_end + 2 - line)) break;
        }
        if (c->used < head + length) return 0;
        char *body = c->in + head;
        int is_get = c->in[0] == 'G';
        int streams = memmem(body, length, "\"stream\":true", 13) || memmem(body, length, "\"stream\": true", 14);
        int slow = memmem(body, length, "\"slow\"", 6) != NULL;
        if (is_get) {
            if (answer(fd, models_body)) return -1;
        } else if (streams) {
            if (send_all(fd, stream_head, sizeof stream_head - 1)) return -1;
            c->chunks_left = slow ? SLOW_CHUNKS : CHUNKS;
            c->slow = slow;
            c->due = now_ms();
            active[active_count++] = fd;
        } else if (answer(fd, plain_body)) {
            return -1;
        }
        memmove(c->in, c->in + head + length, c->used - head - length);
        c->used -= head + length;
    }
    return 0;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    chunk_length = snprintf(chunk, sizeof chunk, "%zx\r\n%s\r\n", sizeof event - 1, event);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (argc < 2 || bind(listener, (void *)&address, sizeof address) || listen(listener, 4096)) {
        perror("upstream");
        return 1;
    }
    int poll = epoll_create1(0);
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    struct epoll_event events[256];
    for (;;) {
        int all_slow = 1;
        long long now = active_count ? now_ms() : 0, next = now + SLOW_MS;
        for (int i = 0; i < active_count; i++) {
            int fd = active[i];
            struct connection *c = &connections[fd];
            if (c->closing) {
                end(fd);
                active[i--] = active[--active_count];
                continue;
            }
            if (c->slow && c->due > now) {
                if (c->due < next) next = c->due;
                continue;
            }
            if (!c->slow) all_slow = 0;
            int failed = send_all(fd, chunk, chunk_length);
            c->due = now + SLOW_MS;
            if (!failed && --c->chunks_left == 0) failed = send_all(fd, last, sizeof last - 1);
            if (failed || c->chunks_left == 0) {
                active[i--] = active[--active_count];
                if (failed || serve(fd)) end(fd);
            }
        }
        int wait = active_count == 0 ? -1 : all_slow ? (int)(next - now) : 0;
        int count = epoll_wait(poll, events, 256, wait);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                int peer;
                while ((peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    if (peer >= MAX_FD) {
                        close(peer);
                        continue;
                    }
                    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    epoll_ctl(poll, EPOLL_CTL_ADD, peer, &(struct epoll_event){.events = EPOLLIN, .data.fd = peer});
                }
                continue;
            }
            struct connection *c = &connections[fd];
            if (c->size - c->used < 65536) c->in = realloc(c->in, c->size = c->size ? c->size * 2 : 131072);
            ssize_t n = read(fd, c->in + c->used, c->size - c->used);
            if (n > 0) c->used += n;
            if (n == 0 || (n < 0 && errno != EAGAIN) || serve(fd)) {
                epoll_ctl(poll, EPOLL_CTL_DEL, fd, NULL);
                if (c->chunks_left) c->closing = 1;
                else end(fd);
            }
        }
    }
}
