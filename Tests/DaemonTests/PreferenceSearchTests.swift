import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

@Suite(.enabled(if: TestControlGroup.isAvailable(.unified), "needs a cgroup v2 mount that takes groups"))
struct `The search for marked groups` {
  @Test func `takes the word of the nearest that says anything, and asks again in the next round`() throws {
    let outer = try TestControlGroup(.unified)
    defer { outer.remove() }
    let middle = try TestControlGroup(in: outer)
    defer { middle.remove() }
    let inner = try TestControlGroup(in: middle)
    defer { inner.remove() }
    let victim = try VictimProcess()
    defer { victim.end() }
    try inner.add(victim.pid)
    var search = try PreferenceSearch(Procfs())
    let names = ControlGroupNames.known(of: victim.pid, Procfs())
    func preference() -> ControlGroupPreference { search.preference(of: names) }
    #expect(preference() == .none)
    try outer.mark("user.oomd_omit")
    #expect(preference() == .none)
    search.beginRound()
    #expect(preference() == .omit)
    try middle.mark("user.oomd_prefer")
    search.beginRound()
    #expect(preference() == .prefer)
    #expect(search.preference(of: ControlGroupNames()) == .none)
  }

  @Test func `tells of whoever is in a table`() throws {
    let group = try TestControlGroup(.unified)
    defer { group.remove() }
    try group.mark("user.oomd_omit")
    let victim = try VictimProcess("--anon", "24M")
    defer { victim.end() }
    try group.add(victim.pid)
    var table = try CandidateTable()
    var groups = try GroupTable()
    try table.look(Procfs(), sessions: LoginSessions(), SystemSampler(), groups: &groups)
    let classes = table.withRows { rows in rows.indices.first { rows[$0].pid == victim.pid }.map { rows[$0].classes } }
    #expect(classes?.contains(.groupOmitted) == true)
  }
}
