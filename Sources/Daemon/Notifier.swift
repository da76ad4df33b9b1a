import ScytheLinux
import ScythePolicy

/// Tells whoever started the daemon how it is: systemd, or another manager that speaks its protocol, `sd_notify(3)`. Every
/// word is one datagram, and nothing here waits.
///
/// That the daemon lives is told by its loop alone: no other thread knows whether the loop does.
struct Notifier: ~Copyable {
  private let socket: DatagramSocket?
  /// Why there is no connection although there should be one.
  let trouble: Errno?
  /// After how long without a word the manager takes the daemon for dead; 0 if it does not.
  private let watchdogNanoseconds: Int64
  /// When it was last told that the daemon lives.
  private var toldNanoseconds: Int64 = 0
  /// Whether the manager has yet to hear that the daemon is ready.
  private var owesReady = false
  private var isReloading = false

  /// Connects to the manager that the environment names, if it names one.
  ///
  /// - Parameters:
  ///   - environment: has `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
  ///   - pid: the caller; a watchdog for another process is none of its own.
  init(_ environment: ProgramEnvironment = ProgramEnvironment(), pid: PID = .current) {
    let owner = environment.number(of: "WATCHDOG_PID") ?? UInt64(pid.rawValue)
    let microseconds = owner == UInt64(pid.rawValue) ? environment.number(of: "WATCHDOG_USEC") ?? 0 : 0
    self.init(environment.value(of: "NOTIFY_SOCKET"), watchdogMicroseconds: microseconds)
  }

  /// Connects to a manager.
  ///
  /// - Parameters:
  ///   - address: where it listens; `nil` if there is none, and then nothing is ever told.
  ///   - watchdogMicroseconds: after how long without a word it takes the daemon for dead; 0 if it does not.
  init(_ address: PathBuffer?, watchdogMicroseconds: UInt64) {
    guard let address else {
      socket = nil
      trouble = nil
      watchdogNanoseconds = 0
      return
    }
    var made: DatagramSocket?
    var failure: Errno?
    do throws(Errno) { made = try DatagramSocket(connectedTo: address) } catch { failure = error }
    let (product, overflow) = Int64(clamping: watchdogMicroseconds).multipliedReportingOverflow(by: 1000)
    watchdogNanoseconds = failure != nil ? 0 : overflow ? .max : product
    trouble = failure
    socket = made
  }

  /// By when the loop has to take its next turn, by the monotonic clock; the largest number if nobody waits for it.
  var dueNanoseconds: Int64 { watchdogNanoseconds > 0 ? toldNanoseconds + watchdogNanoseconds / 2 : .max }

  /// Tells that the daemon does its work from now on.
  mutating func sayReady() {
    owesReady = true
    tellReady()
  }

  /// Tells what is owed, and that the loop has taken a turn.
  ///
  /// - Parameter nanoseconds: now, by the monotonic clock.
  mutating func takeTurn(at nanoseconds: Int64) {
    tellReady()
    // A quarter: then a loop that wakes twice as often as it has to is never woken for this alone, and a loop that is very
    // busy does not tell of every turn.
    guard watchdogNanoseconds > 0, nanoseconds - toldNanoseconds >= watchdogNanoseconds / 4 else { return }
    // Also if the word gets lost: a manager that has no room for it is not helped by a second one at once.
    toldNanoseconds = nanoseconds
    tell("WATCHDOG=1")
  }

  /// Tells that the configuration is being read again. The manager compares the time with that of its own request.
  mutating func beginReload(at nanoseconds: Int64) {
    isReloading = true
    var text = PathBuffer("RELOADING=1\nMONOTONIC_USEC=")
    text.append(decimal: nanoseconds / 1000)
    tell(text)
  }

  /// Tells that a reload is over, if one is under way.
  ///
  /// - Returns: whether one was.
  @discardableResult
  mutating func finishReload() -> Bool {
    guard isReloading else { return false }
    isReloading = false
    sayReady()
    return true
  }

  /// Tells people in one line how it is: `systemctl status` shows it. A line that gets lost is not told again.
  func say(status: borrowing PathBuffer) {
    var text = PathBuffer("STATUS=")
    text.append(status)
    tell(text)
  }

  /// Tells that the daemon ends.
  func sayStopping() { tell("STOPPING=1") }

  private mutating func tellReady() {
    if owesReady { owesReady = !tell("READY=1") }
  }

  /// - Returns: whether it arrived, or never can.
  @discardableResult
  private func tell(_ text: borrowing PathBuffer) -> Bool {
    do throws(Errno) {
      try socket?.send(text)
      return true
    } catch {
      return error != .resourceTemporarilyUnavailable
    }
  }

  @discardableResult
  private func tell(_ text: StaticString) -> Bool { tell(PathBuffer(text)) }
}

extension PathBuffer {
  /// What the daemon does, for people who look at its service.
  init(statusOf settings: PolicySettings) {
    self.init(settings.isObserving ? "only observes, profile " : "watches, profile ")
    append(settings.profile.name)
  }

  /// Adds who died last.
  mutating func append(lastKillOf victim: Victim, bytesBack: UInt64) {
    append("; the last kill: ")
    append(victim.pid, victim.name)
    append(", ")
    append(mebibytes: bytesBack)
    append(" back")
  }
}
