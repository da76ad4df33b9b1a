import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@Suite(.serialized) struct `The daemon` {
  @Test func `says what it watches, and ends when it is asked to`() throws {
    let result = try run(
      #"""
      "$1" --dry-run $folders & daemon=$!
      sleep 1; kill -TERM $daemon; wait $daemon
      """#)
    #expect(result.status == 0 && result.output.isEmpty)
    #expect(result.error.contains("scythed: observes: ") && result.error.hasSuffix("scythed: ends\n"))
  }

  @Test func `goes on where nobody reads what it says`() throws {
    let result = try run(
      #"""
      "$1" --dry-run $folders <&- >&- 2>&- & daemon=$!
      sleep 1; kill -TERM $daemon; wait $daemon; echo closed $?
      exec 3>&1
      { "$1" --dry-run $folders 2>&1 >&3 3>&- & daemon=$!; sleep 1; kill -TERM $daemon; wait $daemon; echo broken $? >&3; } | true
      """#)
    #expect(result.output == "closed 0\nbroken 0\n", "\(result.error)")
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `kills the hog of a container that runs full, and nobody else`() throws {
    let result = try runInContainer(
      #"""
      "$1" $folders 2>log & daemon=$!
      has log watches
      sleep 60 | "$2" --grow 40M --grow-to 1G --comm hog >hog &
      hog=$(ready hog)
      gone $hog
      sleep 1
      kill -0 $hog 2>/dev/null && echo hog lives
      kill -0 $bystander 2>/dev/null && echo bystander lives
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#)
    #expect(result.output == "bystander lives\ndaemon 0\n", "\(result.error)")
    let kills = result.error.split(separator: "\n").filter { $0.hasPrefix("scythed: killed ") }
    #expect(kills.count == 1 && kills[0].contains(" (hog), "), "\(result.error)")
    #expect(result.error.contains("in a container with less"), "\(result.error)")
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `goes by the limit that its container has now`() throws {
    let result = try runInContainer(
      #"""
      limit=$3/memory.max; test -e $limit || limit=$3/memory.limit_in_bytes
      scythe=$4
      left() { "$scythe" top --once --json --file $run/status | grep -o "\"container\":[0-9]*" | cut -d: -f2; }
      "$1" --dry-run $folders 2>log & daemon=$!
      has log observes
      test "$(left)" -lt 268435456 && echo below
      echo 536870912 >$limit
      for _ in $(seq 300); do test "$(left)" -gt 268435456 && break; sleep 0.1; done
      test "$(left)" -gt 268435456 && echo above
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#)
    #expect(result.output == "below\nabove\ndaemon 0\n", "\(result.error)")
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: program("setpriv") != nil, "needs setpriv"))
  func `says at the start what is missing, in a line each, and watches all the same`() throws {
    let result = try run(
      #"""
      mkdir $state && exec unshare --mount --pid --fork --kill-child sh -c '
        mount -t proc -o hidepid=2 proc /proc && mount --bind "$2" /proc/pressure || exit
        umount -a -t cgroup,cgroup2
        ulimit -l 0
        rights=-kill,-sys_ptrace,-sys_nice,-sys_resource,-ipc_lock
        setpriv --bounding-set $rights --inh-caps $rights "$1" --dry-run $folders 2>"$2/log" & daemon=$!
        for _ in $(seq 300); do case "$(cat "$2/log")" in *observes*) break;; esac; sleep 0.1; done
        kill -TERM $daemon; wait $daemon; echo daemon $?
        cat "$2/log" >&2
      ' sh "$1" $state
      """#)
    #expect(result.output == "daemon 0\n", "\(result.error)")
    let lines = result.error.split(separator: "\n")
    let swaps = try String(contentsOfFile: "/proc/swaps", encoding: .utf8).split(separator: "\n").count - 1
    for words in [
      "without CAP_KILL only", "(hidepid): only one's own", "cannot read /proc/pressure/memory: ",
      "no control groups that count memory", "cannot set its own oom_score_adj", "cannot use real-time priority",
      "cannot lock its memory",
    ] + (swaps == 0 ? ["there is no swap"] : []) {
      #expect(lines.count { $0.contains(words) } == 1, "\(words): \(result.error)")
    }
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: program("setpriv") != nil, "needs setpriv"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `of a user without rights kills a process of its own, though another user's is larger`() throws {
    let result = try runInContainer(
      #"""
      cp "$1" "$2" . && chmod 755 . && mkdir $run $state && chown 65534 $run $state
      asNobody="setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all"
      sleep 60 | "$2" --anon 120M --comm larger >larger & larger=$(ready larger)
      $asNobody ./scythed $folders 2>log & daemon=$!
      has log watches
      sleep 60 | $asNobody ./scythe-victim --grow 20M --grow-to 1G --comm hog >hog &
      gone $(ready hog)
      kill -0 $larger 2>/dev/null && kill -0 $bystander 2>/dev/null && echo others live
      has log "killed "
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#)
    #expect(result.output == "others live\ndaemon 0\n", "\(result.error)")
    #expect(result.error.contains("without CAP_KILL only") && result.error.contains(" (hog), "), "\(result.error)")
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `kills under a filter that refuses what it needs, and says so once`() throws {
    let result = try runInContainer(
      #"""
      "$5" get_robust_list=38 process_mrelease=38 -- "$1" $folders 2>log & daemon=$!
      has log watches
      sleep 60 | "$2" --grow 40M --grow-to 1G --comm hog >hog &
      gone $(ready hog)
      has log "cannot make a system call"
      kill -0 $bystander 2>/dev/null && echo bystander lives
      "$4" top --once --json --file $run/status | grep -o "unknownCalls[^,}]*"
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#)
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "bystander lives" && lines.last == "daemon 0", "\(result.output)\(result.error)")
    #expect(result.error.contains("cannot release the memory of victims (process_mrelease)"), "\(result.error)")
    let count = lines.dropFirst().first?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    #expect(count > 0, "\(result.output)")
    #expect(
      result.error.split(separator: "\n").count { $0.contains("cannot make a system call") } == 1, "\(result.error)")
  }

  @Test(
    .enabled(if: canTrace, "needs strace, and the right to trace"),
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `kills the hog while its loop is blocked, and goes on when it no longer is`() throws {
    // The tracer holds the loop alone in its next wait, and lets go of it when it ends.
    let result = try runInContainer(
      #"""
      "$1" $folders 2>log & daemon=$!
      has log watches
      sleep 60 | "$2" --anon 170M --grow 5M --grow-to 1G --comm hog >hog &
      hog=$(ready hog)
      strace -qq -o /dev/null -p $daemon \
        -e "inject=?epoll_wait,?epoll_pwait,?epoll_pwait2:delay_exit=120000000" & tracer=$!
      gone $hog
      has log "the largest candidate is killed"
      kill -0 $bystander 2>/dev/null && echo bystander lives
      kill -TERM $tracer; wait $tracer
      has log "scythed: killed $hog "
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#)
    #expect(result.output == "bystander lives\ndaemon 0\n", "\(result.error)")
    let told = result.error.split(separator: "\n").filter { $0.contains("the loop has not finished a turn for ") }
    #expect(told.last?.hasSuffix("memory is below the emergency line: the largest candidate is killed") == true)
    let kills = result.error.split(separator: "\n").filter { $0.hasPrefix("scythed: killed ") }
    #expect(kills.count == 1 && kills[0].contains("rule emergency"), "\(result.error)")
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `that only observes kills nobody`() throws {
    let result = try runInContainer(
      #"""
      "$1" --dry-run $folders 2>log & daemon=$!
      has log observes
      sleep 60 | "$2" --anon 190M --grow 10M --grow-to 1G --comm hog >hog &
      hog=$(ready hog)
      has log "would have killed"
      kill -0 $hog 2>/dev/null && echo hog lives
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#)
    #expect(result.output == "hog lives\ndaemon 0\n", "\(result.error)")
    #expect(
      result.error.contains("would have killed ") && !result.error.contains("scythed: killed "), "\(result.error)")
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `kills the hog of a control group that runs full, before the kernel, and nobody else`() throws {
    let result = try runBesideGroup(
      #"""
      "$1" $folders 2>log & daemon=$!
      has log watches
      sh -c "echo \$\$ >$3/cgroup.procs; sleep 60 | exec $2 --anon 30M --comm service" >service &
      service=$(ready service)
      sh -c "echo \$\$ >$3/cgroup.procs; sleep 60 | exec $2 --grow 20M --grow-to 1G --comm hog" >hog &
      hog=$(ready hog)
      gone $hog
      sleep 1
      kill -0 $hog 2>/dev/null && echo hog lives
      kill -0 $service 2>/dev/null && echo service lives
      kill -0 $bystander 2>/dev/null && echo bystander lives
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#)
    #expect(result.output == "service lives\nbystander lives\ndaemon 0\n", "\(result.error)")
    let kills = result.error.split(separator: "\n").filter { $0.hasPrefix("scythed: killed ") }
    #expect(kills.count == 1 && kills[0].contains(" (hog), ") && kills[0].contains("rule group of 256.0 MiB"))
    #expect(!result.error.contains("released "), "\(result.error)")
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `spares whom a rule says never of, and finds the next one`() throws {
    let disk = try PagesOnDisk()
    let file = try disk.write(page([rule(.never, (.name, "precious"))]))
    let result = try runInContainer(
      #"""
      "$1" --dry-run $folders --policy PAGE 2>log & daemon=$!
      has log "1 rule"
      sleep 60 | "$2" --anon 60M --comm next >next &
      next=$(ready next)
      sleep 60 | "$2" --anon 100M --grow 10M --grow-to 1G --comm precious >precious &
      precious=$(ready precious)
      has log "would have killed"
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#.replacingOccurrences(of: "PAGE", with: file))
    #expect(result.output == "daemon 0\n", "\(result.error)")
    #expect(result.error.contains(" (next), ") && !result.error.contains("(precious)"), "\(result.error)")
  }

  @Test(arguments: [
    ["--watch"], ["--dry-run", "now"], ["--kill"], ["--kill", "0"], ["--kill", "12x"], [""], ["--policy"],
    ["--policy", ""], ["--policy", "a", "--policy", "b"], ["--dry-run", "--observe"],
  ])
  func `does nothing on a command line that it does not know`(arguments: [String]) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythed"), arguments)
    #expect(result.status == 64 && result.output.isEmpty && result.error.hasPrefix("usage: scythed"))
    // To its end: it is longer than a line of the daemon's may be.
    #expect(result.error.hasSuffix("release its memory\n"))
  }
}
