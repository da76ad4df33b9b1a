// The command line. Whatever is wrong with it is one line on stderr and exit 64.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void bad_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void bad_usage(const char *format, ...) {
  fprintf(stderr, "scythe-victim: ");
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(EXIT_BAD_USAGE);
}

static size_t parse_size(const char *option, const char *text) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  static const char suffixes[] = "KMG";
  const char *suffix = *end ? strchr(suffixes, *end) : NULL;
  int shift = suffix ? 10 * (int)(suffix - suffixes + 1) : 0;
  // strtoull takes signs and blanks, which are no sizes. A quarter of the address type leaves room for rounding up.
  bool is_number = text[0] >= '0' && text[0] <= '9' && errno == 0 && (suffix ? end[1] : *end) == '\0';
  if (!is_number || value == 0 || value > (SIZE_MAX / 4) >> shift)
    bad_usage("--%s takes a size above 0 such as 4096, 64M or 1G, not '%s'", option, text);
  return (size_t)(value << shift);
}

static int parse_number(const char *option, const char *text, long lowest, long highest) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno || end == text || *end || value < lowest || value > highest)
    bad_usage("--%s takes a number from %ld to %ld, not '%s'", option, lowest, highest, text);
  return (int)value;
}

static const char *parse_areas(const char *option, const char *text) {
  size_t pages = 0;
  int count = 0;
  for (const char *at = text;; at++) {
    const char *item = at;
    struct area area;
    if (!areas_parse_next(&at, &area))
      bad_usage("--%s takes a list such as a16,x4,l8: one of " AREA_KINDS " and pages each, not '%.24s'", option, item);
    if (++count > MAX_VMAS) bad_usage("--%s takes at most %d areas", option, MAX_VMAS);
    if (area.pages > MAX_AREA_PAGES - pages) bad_usage("--%s takes at most %d pages in all", option, MAX_AREA_PAGES);
    pages += area.pages;
    if (!*at) return text;
  }
}

// The place of the text among the words, which are in the order of the enumeration.
static int parse_word(const char *option, const char *text, const char *const *words) {
  for (int index = 0; words[index]; index++)
    if (strcmp(text, words[index]) == 0) return index;
  bad_usage("--%s does not know '%s'", option, text);
}

static const char *const share_words[] = {[SHARE_CLONE_VM - 1] = "clone-vm", [SHARE_VFORK - 1] = "vfork", NULL};
static const char *const robust_words[] = {[ROBUST_HELD - 1] = "held",
                                           [ROBUST_SPIN - 1] = "spin",
                                           [ROBUST_IDLE - 1] = "idle",
                                           [ROBUST_LAST_THREAD - 1] = "lastthread",
                                           NULL};
static const char *const mmap_lock_words[] = {"fuse", NULL};

enum {
  OPT_ANON,
  OPT_THP,
  OPT_VMAS,
  OPT_SHARED,
  OPT_MEMFD_PRIVATE,
  OPT_FILE,
  OPT_LOCKED,
  OPT_UNMAP,
  OPT_PAGE_OUT_SELF,
  OPT_AREAS,
  OPT_CHURN,
  OPT_HUGETLB,
  OPT_PROT_NONE,
  OPT_PINNED,
  OPT_THREADS,
  OPT_IGNORE_TERM,
  OPT_EXIT_ON_TERM_AFTER,
  OPT_SPIN,
  OPT_EXIT_AFTER,
  OPT_FORK,
  OPT_FORK_DEPTH,
  OPT_FORK_BOMB,
  OPT_HELD,
  OPT_HELD_FOR,
  OPT_SHARE,
  OPT_ROBUST,
  OPT_ZOMBIE,
  OPT_MMAP_LOCK,
  OPT_OOM_SCORE_ADJ,
  OPT_COMM,
  OPT_FREEZE,
  OPT_THROTTLE,
  OPT_GROUP,
  OPT_CHILD_ANON,
  OPT_GROW,
  OPT_GROW_TO,
  OPT_FROZEN_WRITE,
  OPT_IDLE,
  OPT_STOPPED,
  OPT_TRACED,
};

static const struct option long_options[] = {
    {"anon", required_argument, NULL, OPT_ANON},
    {"thp", no_argument, NULL, OPT_THP},
    {"vmas", required_argument, NULL, OPT_VMAS},
    {"shared", required_argument, NULL, OPT_SHARED},
    {"memfd-private", required_argument, NULL, OPT_MEMFD_PRIVATE},
    {"file", required_argument, NULL, OPT_FILE},
    {"locked", no_argument, NULL, OPT_LOCKED},
    {"unmap", no_argument, NULL, OPT_UNMAP},
    {"pageout-self", no_argument, NULL, OPT_PAGE_OUT_SELF},
    {"areas", required_argument, NULL, OPT_AREAS},
    {"churn", no_argument, NULL, OPT_CHURN},
    {"grow", required_argument, NULL, OPT_GROW},
    {"grow-to", required_argument, NULL, OPT_GROW_TO},
    {"hugetlb", required_argument, NULL, OPT_HUGETLB},
    {"prot-none", required_argument, NULL, OPT_PROT_NONE},
    {"pinned", required_argument, NULL, OPT_PINNED},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"ignore-term", no_argument, NULL, OPT_IGNORE_TERM},
    {"exit-on-term-after", required_argument, NULL, OPT_EXIT_ON_TERM_AFTER},
    {"spin", no_argument, NULL, OPT_SPIN},
    {"exit-after", required_argument, NULL, OPT_EXIT_AFTER},
    {"fork", required_argument, NULL, OPT_FORK},
    {"fork-depth", required_argument, NULL, OPT_FORK_DEPTH},
    {"fork-bomb", required_argument, NULL, OPT_FORK_BOMB},
    {"held", no_argument, NULL, OPT_HELD},
    {"held-for", required_argument, NULL, OPT_HELD_FOR},
    {"share", required_argument, NULL, OPT_SHARE},
    {"robust", required_argument, NULL, OPT_ROBUST},
    {"zombie", no_argument, NULL, OPT_ZOMBIE},
    {"mmap-lock", required_argument, NULL, OPT_MMAP_LOCK},
    {"oom-score-adj", required_argument, NULL, OPT_OOM_SCORE_ADJ},
    {"comm", required_argument, NULL, OPT_COMM},
    {"freeze", required_argument, NULL, OPT_FREEZE},
    {"throttle", required_argument, NULL, OPT_THROTTLE},
    {"group", required_argument, NULL, OPT_GROUP},
    {"child-anon", required_argument, NULL, OPT_CHILD_ANON},
    {"frozen-write", no_argument, NULL, OPT_FROZEN_WRITE},
    {"idle", no_argument, NULL, OPT_IDLE},
    {"stopped", no_argument, NULL, OPT_STOPPED},
    {"traced", no_argument, NULL, OPT_TRACED},
    {0},
};

static void take_group(struct options *options, enum group_mode mode, const char *folder) {
  if (options->group != GROUP_NONE) bad_usage("only one of --group, --freeze and --throttle can be had");
  options->group = mode;
  options->group_folder = folder;
}

static void take(struct options *options, int choice, const char *text) {
  const char *name = long_options[choice].name;
  switch (choice) {
    case OPT_ANON: options->anon = parse_size(name, text); break;
    case OPT_THP: options->thp = true; break;
    case OPT_VMAS: options->vmas = parse_number(name, text, 1, MAX_VMAS); break;
    case OPT_SHARED: options->shared = parse_size(name, text); break;
    case OPT_MEMFD_PRIVATE: options->memfd_private = parse_size(name, text); break;
    case OPT_FILE: options->file = parse_size(name, text); break;
    case OPT_LOCKED: options->locked = true; break;
    case OPT_UNMAP: options->unmap = true; break;
    case OPT_PAGE_OUT_SELF: options->page_out_self = true; break;
    case OPT_AREAS: options->areas = parse_areas(name, text); break;
    case OPT_CHURN: options->churn = true; break;
    case OPT_GROW:
      options->grow = parse_size(name, text);
      if (options->grow < MIN_GROW) bad_usage("--%s takes at least 400K per second, not '%s'", name, text);
      break;
    case OPT_GROW_TO: options->grow_to = parse_size(name, text); break;
    case OPT_HUGETLB: options->hugetlb = parse_size(name, text); break;
    case OPT_PROT_NONE: options->prot_none = parse_size(name, text); break;
    case OPT_PINNED:
      options->pinned = parse_size(name, text);
      if (options->pinned > MAX_PINNED) bad_usage("--%s takes at most %zuG", name, MAX_PINNED >> 30);
      break;
    case OPT_THREADS: options->threads = parse_number(name, text, 1, MAX_THREADS); break;
    case OPT_IGNORE_TERM: options->ignore_term = true; break;
    case OPT_EXIT_ON_TERM_AFTER: options->term_exit_ms = parse_number(name, text, 0, INT_MAX); break;
    case OPT_SPIN: options->spin = true; break;
    case OPT_EXIT_AFTER: options->exit_ms = parse_number(name, text, 0, INT_MAX); break;
    case OPT_FORK: options->fork_count = parse_number(name, text, 1, MAX_CHILDREN); break;
    case OPT_FORK_DEPTH: options->fork_depth = parse_number(name, text, 1, MAX_CHILDREN); break;
    case OPT_FORK_BOMB: options->fork_bomb = parse_number(name, text, 2, MAX_BOMB); break;
    case OPT_HELD: options->held = true; break;
    case OPT_HELD_FOR:
      options->held = true;
      options->held_ms = parse_number(name, text, 0, INT_MAX);
      break;
    case OPT_SHARE: options->share = (enum share_mode)(parse_word(name, text, share_words) + 1); break;
    case OPT_ROBUST: options->robust = (enum robust_mode)(parse_word(name, text, robust_words) + 1); break;
    case OPT_ZOMBIE: options->zombie = true; break;
    case OPT_MMAP_LOCK:
      parse_word(name, text, mmap_lock_words);
      options->mmap_lock_fuse = true;
      break;
    case OPT_OOM_SCORE_ADJ:
      options->oom_score_adj = parse_number(name, text, -1000, 1000);
      options->set_oom_score_adj = true;
      break;
    case OPT_COMM:
      if (strlen(text) > 15) bad_usage("--%s takes at most 15 bytes, not '%s'", name, text);
      options->comm = text;
      break;
    case OPT_FREEZE: take_group(options, GROUP_FROZEN, text); break;
    case OPT_THROTTLE: take_group(options, GROUP_THROTTLED, text); break;
    case OPT_GROUP: take_group(options, GROUP_PLAIN, text); break;
    case OPT_CHILD_ANON: options->child_anon = parse_size(name, text); break;
    case OPT_FROZEN_WRITE: options->frozen_write = true; break;
    case OPT_IDLE: options->idle = true; break;
    case OPT_STOPPED: options->stopped = true; break;
    case OPT_TRACED: options->traced = true; break;
  }
}

static void check_combinations(const struct options *options) {
  bool is_advised = options->unmap || options->page_out_self;
  if (!options->anon && (options->thp || options->locked || is_advised || options->vmas > 1))
    bad_usage("--thp, --locked, --vmas, --unmap and --pageout-self are about --anon, and there is none");
  if (options->unmap && options->page_out_self) bad_usage("--unmap and --pageout-self exclude each other");
  if (options->ignore_term && options->term_exit_ms >= 0)
    bad_usage("--ignore-term and --exit-on-term-after exclude each other");
  // The main thread has one thing to do.
  bool is_vfork = options->share == SHARE_VFORK;
  bool is_robust_spin = options->robust == ROBUST_SPIN;
  int states = is_vfork + options->spin + is_robust_spin + options->frozen_write + (options->fork_bomb > 0) +
               options->stopped + options->traced;
  if (states > 1)
    bad_usage("only one of --share vfork, --spin, --robust spin, --frozen-write, --fork-bomb, --stopped and --traced can "
              "keep the main thread busy");
  if (options->held && (options->stopped || options->traced))
    bad_usage("--held goes with neither --stopped nor --traced, because it traces the victim itself");
  if (options->stopped && options->mmap_lock_fuse)
    bad_usage("--stopped and --mmap-lock, whose thread cannot stop, exclude each other");
  if (options->group == GROUP_FROZEN && (options->mmap_lock_fuse || options->frozen_write))
    bad_usage("--freeze goes with neither --mmap-lock nor --frozen-write, whose threads cannot be frozen");
  // Its processes would inherit the ring, and the pinned pages with it.
  if (options->pinned && options->fork_bomb) bad_usage("--pinned and --fork-bomb exclude each other");
  if (options->mmap_lock_fuse && options->frozen_write) bad_usage("--mmap-lock and --frozen-write exclude each other");
  // A hog without an end is no victim to be left alone with.
  if (!options->grow != !options->grow_to) bad_usage("--grow and --grow-to go together");
  if (options->child_anon && !options->fork_count) bad_usage("--child-anon is for the children of --fork, and there are none");
  // These need the lock that is then held for ever, or take the stuck mapping into one of their holes.
  bool needs_lock = options->share != SHARE_NONE || options->fork_bomb || options->areas || options->churn ||
                    options->grow;
  if (options->mmap_lock_fuse && needs_lock)
    bad_usage("--mmap-lock goes with none of --share, --fork-bomb, --areas, --churn and --grow");
}

struct options options_parse(int argc, char **argv) {
  struct options options = {.vmas = 1, .threads = 1, .term_exit_ms = -1, .exit_ms = -1, .held_ms = -1};
  opterr = 1;
  for (;;) {
    int choice = getopt_long(argc, argv, "", long_options, NULL);
    if (choice < 0) break;
    if (choice == '?') exit(EXIT_BAD_USAGE);
    take(&options, choice, optarg);
  }
  if (optind < argc) bad_usage("'%s' is not an option", argv[optind]);
  check_combinations(&options);
  return options;
}
