// The process that was started: makes the victim, prints the ready line, serves the commands, and ends everything.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct options *options;
static pid_t victim = -1;
static pid_t waiter = -1;
static bool has_waiter;
static pid_t sharer = -1;
static pid_t children[2 * MAX_CHILDREN];
static int child_count;
static pid_t stuck = -1;
static int64_t values[REPORT_CANNOT + 1];  // By the kind of report.
static bool has_reported_ready;
static bool is_ready;
static bool is_reaped;
static bool may_reap_victim = true;
static int exit_status;
static int exit_lines_owed;
static bool is_over;
static int signals = -1;
static bool has_stdin = true;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  // Nobody reads any more: the same as the end of stdin.
  if (vdprintf(STDOUT_FILENO, format, arguments) < 0) is_over = true;
  va_end(arguments);
}

static void say_ready(void) {
  size_t length = 0;
  char *names = NULL;
  FILE *text = open_memstream(&names, &length);
  for (int index = 0; index < child_count; index++)
    fprintf(text, "%s%d", index == 0 ? " children=" : ",", children[index]);
  if (sharer > 0) fprintf(text, " sharer=%d", sharer);
  if (waiter > 0) fprintf(text, " waiter=%d", waiter);
  if (stuck > 0) fprintf(text, " stuck=%d", stuck);
  if (options->unmap) fprintf(text, " unmap=%" PRId64, values[REPORT_UNMAPPED]);
  if (options->page_out_self) fprintf(text, " pageout=%" PRId64, values[REPORT_PAGED_OUT]);
  if (options->areas) fprintf(text, " areas=%" PRIx64, values[REPORT_AREAS]);
  if (options->churn) fprintf(text, " churn=%" PRIx64, values[REPORT_CHURN]);
  for (int index = 0; options->idle && index < SPINNERS; index++)
    fprintf(text, "%s%d", index == 0 ? " spinners=" : ",", starvation_spinners()[index]);
  if (options->group != GROUP_NONE) fprintf(text, " group=%s", group_path());
  fclose(text);
  say("ready %d %s=%d%s\n", victim, options->held ? "holder" : "starter", getpid(), names);
  free(names);
}

static void pay_exit_lines(void) {
  for (; is_reaped && exit_lines_owed > 0; exit_lines_owed--) say("exited %d\n", exit_status);
}

static void handle_reaped(const siginfo_t *info) {
  bool was_thread = tracer_forget(info->si_pid) && info->si_pid != victim;
  bool is_helper = info->si_pid == waiter || starvation_forget(info->si_pid) || janitor_forget(info->si_pid);
  if (!is_helper && !was_thread) family_count_reaped();
  if (info->si_pid != victim) return;
  is_reaped = true;
  switch (info->si_code) {
    case CLD_EXITED:
      exit_status = info->si_status << 8;
      break;
    case CLD_DUMPED:
      exit_status = info->si_status | WCOREFLAG;
      break;
    default:
      exit_status = info->si_status;
      break;
  }
}

// Takes note of what children have done. Returns false once there is no child left.
static bool collect(void) {
  bool sees_stops = options->held || options->stopped || options->traced;
  int what = WNOHANG | __WALL | (may_reap_victim ? WEXITED : 0) | (sees_stops ? WSTOPPED : 0);
  // waitid insists on one of the kinds; a zombie that is not held has none to ask for.
  while (what & (WEXITED | WSTOPPED)) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, what) < 0) return errno != ECHILD;
    if (info.si_pid == 0) break;
    if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
      handle_reaped(&info);
    else if (info.si_code == CLD_TRAPPED && options->held)
      tracer_handle_stop(info.si_pid, info.si_status);
    else if (info.si_pid == victim)
      halt_note();
  }
  return true;
}

// After this no process of ours is left, except one that the kernel itself keeps: then this waits for it.
static void end_everything(void) {
  may_reap_victim = true;
  stuck_release();
  janitor_dismiss();
  lifeline_cut();
  tracer_let_go();
  if (victim > 0 && !is_reaped) kill(victim, SIGKILL);
  while (collect()) {
    struct pollfd wake = {.fd = signals, .events = POLLIN};
    if (poll(&wake, 1, -1) > 0) {
      struct signalfd_siginfo info;
      while (read(signals, &info, sizeof info) > 0) continue;
    }
  }
  janitor_replace();
}

static _Noreturn void give_up(const char *reason) {
  say("cannot: %s\n", reason);
  end_everything();
  exit(EXIT_CANNOT);
}

static void say_rss(void) {
  char path[32], line[128];
  snprintf(path, sizeof path, "/proc/%d/status", victim);
  // Once reaped, the number may belong to somebody else.
  FILE *status = is_reaped ? NULL : fopen(path, "re");
  long kib = -1;
  while (status && kib < 0 && fgets(line, sizeof line, status)) sscanf(line, "RssAnon: %ld kB", &kib);
  if (status) fclose(status);
  if (kib < 0)
    say("rss gone\n");
  else
    say("rss %ld\n", kib);
}

static void obey(char command) {
  switch (command) {
    case 'x':
      tracer_let_go();
      __attribute__((fallthrough));
    case 'w':
      may_reap_victim = true;
      exit_lines_owed++;
      collect();
      pay_exit_lines();
      break;
    case 'u':
      stuck_release();
      filesystem_thaw();
      break;
    case 'r':
      say_rss();
      break;
    case 'm':
      if (waiter > 0)
        robust_ask_waiter();
      else
        say("mutex ok=0 recovered=0 lost=0\n");
      break;
    case '\n':
      break;
    default:
      fprintf(stderr, "scythe-victim: unknown command byte %d\n", (unsigned char)command);
      break;
  }
}

static void read_commands(void) {
  char bytes[64];
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) is_over = true;
  for (ssize_t index = 0; index < count; index++) obey(bytes[index]);
}

static void read_signals(void) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info)
    if (info.ssi_signo != SIGCHLD) is_over = true;
  collect();
  pay_exit_lines();
}

static void read_reports(void) {
  struct report report;
  while (report_receive(&report)) {
    switch (report.kind) {
      case REPORT_CHILD:
        if (child_count < 2 * MAX_CHILDREN) children[child_count++] = report.pid;
        break;
      case REPORT_UNMAPPED:
      case REPORT_PAGED_OUT:
      case REPORT_AREAS:
      case REPORT_CHURN:
        values[report.kind] = report.value;
        break;
      case REPORT_SHARER:
        sharer = report.pid;
        break;
      case REPORT_WAITER:
        has_waiter = true;
        break;
      case REPORT_STUCK:
        stuck = report.pid;
        break;
      case REPORT_READY:
        has_reported_ready = true;
        break;
      case REPORT_CANNOT:
        give_up(report.reason);
    }
  }
}

// Children keep neither the starter's stdin and stdout nor its way with signals.
static void become_child(void) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  close(null);
  close(signals);
  janitor_leave();
}

// The stuck thread cannot say when it is: the starter looks every 10 ms, for 5 s at most. Of a stop it hears, unless
// somebody continues the victim meanwhile.
enum { LOOK_MS = 10, LOOKS = 500 };
static int looks;

static bool is_to_halt(void) { return (options->stopped || options->traced) && !halt_is_done(); }

static void become_ready_if_all_is_told(void) {
  bool is_dead = is_reaped || tracer_holds(victim);
  // What it told in its last moment may be unread: it was ready, or why it could not be.
  if (is_dead) read_reports();
  bool has_relatives = (options->share == SHARE_NONE || sharer > 0) && (waiter < 0 || has_waiter);
  bool shall_be_stuck = options->mmap_lock_fuse || options->frozen_write;
  long call = options->frozen_write ? SYS_write : SYS_mmap;
  bool is_stuck = !shall_be_stuck || (stuck > 0 && stuck_is_in(call, victim, stuck));
  bool is_told = has_reported_ready && has_relatives && child_count == options->fork_count + options->fork_depth;
  // Before the freeze, because who is frozen takes no SIGSTOP.
  if (is_told && is_to_halt() && !halt_ask(victim, options->traced)) give_up("ptrace refuses to seize the victim");
  if (is_told && is_stuck && !is_to_halt()) {
    if (!group_apply(options->spin)) give_up("the group of the victim takes neither freeze nor quota");
    if (options->idle && !starvation_begin(victim, become_child)) give_up("the victim cannot be put into the idle class");
    is_ready = true;
    report_close_reader();
    say_ready();
  } else if (is_dead) {
    give_up("the victim died while it was being prepared");
  } else if ((!is_stuck || is_to_halt()) && has_reported_ready && ++looks > LOOKS) {
    give_up(is_stuck ? "the victim does not stop" : "the thread does not get stuck on this kernel");
  }
}

static void serve(void) {
  while (!is_over) {
    // Commands wait until the ready line is out, so that even an empty file gets one. A hang-up does not wait: poll
    // reports it unasked, and who has left a pipe wants no victim any more.
    struct pollfd sources[] = {
        {.fd = signals, .events = POLLIN},
        {.fd = has_stdin ? STDIN_FILENO : -1, .events = is_ready ? POLLIN : 0},
        {.fd = is_ready ? -1 : report_descriptor(), .events = POLLIN},
        {.fd = robust_descriptor(), .events = POLLIN},
        {.fd = stuck_descriptor(), .events = POLLIN},
    };
    int wait_ms = (stuck > 0 || is_to_halt()) && !is_ready ? LOOK_MS : tracer_hold_for(victim, options->held_ms);
    if (poll(sources, sizeof sources / sizeof *sources, wait_ms) < 0) continue;
    if (sources[4].revents) stuck_serve();
    if (sources[2].revents) read_reports();
    if (sources[0].revents) read_signals();
    if (!is_ready && !is_over) become_ready_if_all_is_told();
    if (sources[3].revents) {
      struct mutex_counts counts;
      if (robust_receive(&counts))
        say("mutex ok=%d recovered=%d lost=%d\n", counts.ok, counts.recovered, counts.lost);
    }
    if (sources[1].revents && is_ready)
      read_commands();
    else if (sources[1].revents)
      is_over = true;
  }
}

// Whatever the caller has ignored or blocked must not reach the processes made here, and SIGCHLD must exist.
static void prepare_signals(void) {
  for (int number = 1; number < SIGRTMIN; number++) signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_SETMASK, &set, NULL);
  signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// Descriptors 0 to 2 must be something before any other is opened. Without a stdin there is no end of it either:
// the end is then that of the parent, or a signal.
static void prepare_standard_descriptors(void) {
  has_stdin = fcntl(STDIN_FILENO, F_GETFD) >= 0;
  int fd;
  do fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  close(fd);
  if (!has_stdin) prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void start_waiter(void) {
  waiter = fork();
  if (waiter < 0) give_up("no process for the waiter");
  if (waiter > 0) return;
  become_child();
  lifeline_join();
  report_send(REPORT_WAITER, getpid());
  robust_wait();
}

static void start_victim(void) {
  int go[2];
  if (pipe2(go, O_CLOEXEC) < 0) give_up("no pipe for the victim");
  victim = fork();
  if (victim < 0) give_up("no process for the victim");
  if (victim == 0) {
    become_child();
    robust_leave();
    stuck_release();
    report_close_reader();
    lifeline_join();
    close(go[1]);
    // Threads and memory come only once the tracer is in place.
    char byte;
    if (read(go[0], &byte, 1) != 1) _exit(0);
    close(go[0]);
    body_main(options);
  }
  close(go[0]);
  stuck_forget_root();
  if (options->held && !tracer_seize(victim)) give_up("ptrace refuses to seize the victim");
  if (options->group != GROUP_NONE && !group_add(victim)) give_up("the victim cannot be moved into its group");
  if (write(go[1], "g", 1) != 1) give_up("the victim died while it was being prepared");
  close(go[1]);
}

// What the victim lives in and the janitor undoes.
static void prepare_surroundings(void) {
  const char *refusal = options->frozen_write ? filesystem_open() : NULL;
  if (refusal) give_up(refusal);
  if (options->group != GROUP_NONE) group_name(options->group, options->group_folder);
  if (!options->frozen_write && options->group == GROUP_NONE) return;
  if (!janitor_start()) give_up("no process for the janitor");
  if (options->group != GROUP_NONE) refusal = group_make();
  if (refusal) give_up(refusal);
  if (options->frozen_write && !filesystem_freeze()) give_up("the file system cannot be frozen");
}

int starter_run(const struct options *given) {
  options = given;
  may_reap_victim = !options->zombie;
  prepare_standard_descriptors();
  prepare_signals();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (signals < 0 || !lifeline_open() || !report_open()) give_up("no descriptors");
  if (options->fork_bomb && !family_open_bomb()) give_up("no memory for the fork bomb's counter");
  if (options->robust != ROBUST_NONE) {
    if (!robust_open(options->threads)) give_up("no memory for the mutexes");
    start_waiter();
  }
  if (options->mmap_lock_fuse && !stuck_open())
    give_up("no FUSE file system could be made; it needs root and /dev/fuse");
  prepare_surroundings();
  start_victim();
  serve();
  end_everything();
  return 0;
}
