import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

private func name(_ text: String) -> ControlGroupName {
  let bytes = Array(text.utf8)
  return ControlGroupName(parsing: bytes.span)
}

@Suite struct `The name of a control group` {
  @Test(arguments: [
    ("/system.slice/a.service", "/system.slice/a.service/worker/7"),
    (
      "/user.slice/user-1.slice/user@1.service/app.slice/app-x.scope",
      "/user.slice/user-1.slice/user@1.service/app.slice/app-x.scope/tab"
    ),
    ("/init.scope", "/init.scope/inner"),
  ])
  func `stands for the service or scope in it`(unit: String, below: String) {
    #expect(name(unit).unit == name(below).unit && name(unit).unit != 0)
  }

  @Test func `tells services apart, and a user's manager from what it starts`() {
    let names = [
      "/system.slice/a.service", "/system.slice/b.service", "/docker/1234", "/docker/5678",
      "/user.slice/user-1.slice/user@1.service", "/user.slice/user-1.slice/user@1.service/app.slice/app-x.scope",
    ]
    #expect(Set(names.map { name($0).unit }).count == names.count)
  }

  @Test(arguments: [
    ("", ScopeKind.other), ("/", .other), ("/job", .other), ("/system.slice", .other), ("/system.slicer/a", .other),
    ("/system.slice/a.service", .system), ("/init.scope", .system),
    ("/user.slice/user-1000.slice/session-3.scope", .session), ("/machine.slice/system.slice/a.service", .other),
  ])
  func `says where a process runs`(text: String, scope: ScopeKind) {
    #expect(name(text).scope == scope)
  }

  @Test func `of the root is no unit`() {
    #expect(name("/").unit == 0 && name("").unit == 0)
    #expect(name("/a").unit != 0)
  }

  @Test func `survives every damage`() {
    HostileText.forEach(like: "/user.slice/user-1.slice/user@1.service/app.slice/app-x.scope/tab") { _ = name($0) }
  }
}

/// A text cut at every byte, and doubled.
private enum HostileText {
  static func forEach(like text: String, _ body: (String) -> Void) {
    for length in 0...text.utf8.count { body(String(text.prefix(length))) }
    body(text + text)
    body(String(repeating: "/", count: 5000))
  }
}
