import Glibc
import ScytheLinux

/// `systemctl reload`, with policies that are good, and with some that are not.
enum ServiceReload {
  private static let page = "/var/lib/scythe/policy.page"

  static func check(_ trial: ServiceTrial) {
    trial.area = "reload"
    let daemon = ServiceManager.daemon
    var mark = trial.journal.mark
    let reload = ServiceManager.configure(
      "profile = \"server\"\n\n[[rule]]\neffect = \"never\"\ncomm = \"precious\"\n")
    trial.check("a good policy is taken over", reload.status == 0, "ends with \(reload.status) \(reload.output)")
    trial.check("it holds", profile, is: "server")
    trial.check("the journal says so", line: trial.journal.line(with: "took over the policy", after: mark))
    trial.check("by the same process", "\(ServiceManager.daemon)", is: "\(daemon)")
    let status = ServiceManager.property("StatusText")
    trial.check("systemctl status says so too", status, is: "watches, profile server")
    trial.check("it is active", ServiceManager.property("ActiveState"), is: "active")

    let profiles = ["desktop", "server", "container", "build"]
    var held = 0
    for number in 0..<20 {
      let wanted = profiles[number % profiles.count]
      ServiceManager.configure("profile = \"\(wanted)\"\n")
      held += profile == wanted ? 1 : 0
    }
    trial.check("a policy holds when systemctl reload ends", held == 20, "in \(held) of 20 reloads")

    mark = trial.journal.mark
    let refused = ServiceManager.configure("profile = \"laptop\"\n")
    trial.check("a fault in the configuration is the answer", refused.status != 0, "ends with \(refused.status)")
    trial.check("the journal names it", line: trial.journal.line(with: "scythe.toml:1: profile:", after: mark))
    trial.check("what held before holds", profile, is: "build")
    Text.create(page, "no page\n")
    kill(daemon, SIGHUP)
    trial.check("a page that is none is refused", line: trial.journal.line(with: "what held before holds", after: mark))
    trial.check("and the old one is kept", profile, is: "build")
    ServiceManager.configure(nil)
    trial.check("without a configuration the default holds", profile, is: "desktop")
    trial.check("it was never started again", "\(ServiceManager.daemon)", is: "\(daemon)")
  }

  private static var profile: String {
    JSONText.text("profile", in: ServiceTrial.scythe("top", "--once", "--json").output) ?? "no page"
  }
}
