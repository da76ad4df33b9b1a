import Glibc
import ScytheLinux

/// A disk with the kill log on it that does not answer.
enum ServiceDisk {
  private static let folder = "/var/lib/scythe"
  private static let image = "/var/tmp/lab-disk"

  static func check(_ trial: ServiceTrial) {
    trial.area = "kill log"
    ServiceManager.control("stop", ServiceManager.unit)
    let isMade = [
      ["/usr/bin/busybox", "dd", "if=/dev/zero", "of=\(image)", "bs=1M", "count=24"],
      ["/usr/sbin/mke2fs", "-q", "-t", "ext4", image], ["/usr/bin/mount", "-o", "loop", image, folder],
    ].allSatisfy { Spawn.run($0[0], Array($0.dropFirst())).status == 0 }
    guard isMade else { return trial.check("a disk of its own can be had for it", false, "mke2fs or mount") }
    trial.check(
      "it starts with its state on a disk of its own", ServiceManager.startAnew().status == 0,
      ServiceManager.property("ActiveState"))
    let daemon = ServiceManager.daemon
    _ = Spawn.run("/usr/sbin/fsfreeze", ["-f", folder])
    trial.check("a hog is killed while the disk hangs", trial.killHog("hung-disk-hog"), is: "scythed")
    trial.clear()
    var top = ServiceTrial.scythe("top", "--once", "--json").output
    trial.check(
      "the status page has the kill", top.contains("\"name\":\"hung-disk-hog\""),
      "\(JSONText.number("entered", in: top) ?? -1) entered")
    let waits = JSONText.number("waitingNanoseconds", in: top) ?? 0
    trial.check(
      "and says for how long it waits for the disk", waits > 0 && JSONText.number("stored", in: top) == 0,
      "\(waits / 1_000_000) ms")
    trial.check("a second one too", trial.killHog("hung-second"), is: "scythed")
    trial.clear()
    _ = Spawn.run("/usr/sbin/fsfreeze", ["-u", folder])
    let isStored = ServiceTrial.wait(seconds: 20) { trial.records == 2 }
    trial.check("both are in the log once the disk answers", isStored, "\(trial.records) records")
    top = ServiceTrial.scythe("top", "--once", "--json").output
    trial.check(
      "nothing was lost", JSONText.number("lost", in: top) == 0,
      "\(JSONText.number("stored", in: top) ?? -1) stored, \(JSONText.number("lost", in: top) ?? -1) lost")
    trial.check("the daemon is the same", "\(ServiceManager.daemon)", is: "\(daemon)")
    ServiceManager.control("stop", ServiceManager.unit)
    _ = Spawn.run("/usr/bin/umount", [folder])
    _ = ServiceManager.startAnew()
  }
}
