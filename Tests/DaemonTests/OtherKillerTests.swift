import ScytheLinux
import TestSupport
import Testing

@testable import ScytheDaemon

private func name(_ text: String) -> ProcessName { ProcessName(Array(text.utf8).span) }

@Suite struct `Another killer` {
  @Test func `is known by its whole name`() {
    for number in 0..<MemoryKiller.count {
      let killer = MemoryKiller(rawValue: UInt8(number))
      #expect(killer != nil && killer.flatMap { MemoryKiller(name("\($0.name)")) } == killer)
    }
    #expect(MemoryKiller(rawValue: UInt8(MemoryKiller.count)) == nil)
    for other in ["", "earlyoo", "earlyoomd", "oomd2", "systemd-oomctl", "kube"] {
      #expect(MemoryKiller(name(other)) == nil, "\(other)")
    }
  }

  @Test func `is spoken of with what to do, unless it is welcome`() {
    let line = PathBuffer(MemoryKiller.earlyoom, PID(12)).map { String($0) }
    #expect(
      line == "earlyoom runs too (process 12): two killers kill twice for one shortage; stop one of them: "
        + "'systemctl disable --now earlyoom'")
    #expect(PathBuffer(MemoryKiller.systemdOomd, PID(12)).map { String($0) }?.contains("is waited for") == true)
    #expect(PathBuffer(MemoryKiller.kubelet, PID(12)) == nil && PathBuffer(MemoryKiller.psiNotify, PID(12)) == nil)
  }

  @Test func `that runs is named when the daemon starts`() throws {
    let result = try run(
      #"""
      sleep 60 | "$2" --anon 1M --comm nohang >/dev/null & victim=$!
      sleep 1
      "$1" --dry-run $folders & daemon=$!
      sleep 1; kill -TERM $daemon; wait $daemon
      kill $victim
      """#)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.error.contains("scythed: nohang runs too (process "), "\(result.error)")
  }
}
