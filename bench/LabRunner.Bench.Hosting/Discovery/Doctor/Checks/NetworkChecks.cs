using System.Globalization;

namespace LabRunner.Bench.Hosting.Discovery.Doctor.Checks;

/// <summary>The right to send ICMP echoes: ping sockets for the groups of net.ipv4.ping_group_range (icmp(7)), or raw sockets.</summary>
internal sealed class PingCheck : IDoctorCheck
{
    private const string RangeFile = "/proc/sys/net/ipv4/ping_group_range";

    public int Order => 40;

    public string Name => "ping";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        string range = string.Join(' ', (visit.Files.Text(RangeFile) ?? "").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
        Finding finding = visit.User.MaySendRaw ? new(Name, CheckState.Ok, "this user may send raw packets (CAP_NET_RAW)")
            : Within(range, visit.User.Groups) ? new(Name, CheckState.Ok, $"a group of this user is within net.ipv4.ping_group_range ({range})")
            : new(
                Name, DoctorVisit.Bad(visit.Needs.Icmp), $"this user may not send ICMP echoes (net.ipv4.ping_group_range is {(range.Length == 0 ? "not there" : range)}): ping: {{ driver: icmp }} does not work",
                "echo 'net.ipv4.ping_group_range = 0 2147483647' | sudo tee /etc/sysctl.d/60-labrunner.conf, then sudo sysctl --system");
        return Task.FromResult<IReadOnlyList<Finding>>([finding]);
    }

    private static bool Within(string range, IReadOnlyList<uint> groups) =>
        range.Split(' ') is [var low, var high] && uint.TryParse(low, CultureInfo.InvariantCulture, out uint first) && uint.TryParse(high, CultureInfo.InvariantCulture, out uint last)
        && groups.Any(group => group >= first && group <= last);
}

/// <summary>Loopback, which joins the programs of a night.</summary>
internal sealed class LoopbackCheck : IDoctorCheck
{
    public int Order => 41;

    public string Name => "loopback";

    public async Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken) =>
        await visit.Machine.LoopbackWorksAsync(cancellationToken).ConfigureAwait(false)
            ? [new(Name, CheckState.Ok, "127.0.0.1 answers")]
            : [new(Name, CheckState.Wrong, "127.0.0.1 does not answer: neither the virtual bench nor the suites can be reached", "sudo ip link set lo up")];
}

/// <summary>The broker.</summary>
internal sealed class MqttCheck : IDoctorCheck
{
    private const int UsualPort = 1883;

    public int Order => 42;

    public string Name => "mqtt";

    public async Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        if (visit.Needs.MqttHost is { } host)
        {
            string address = string.Create(CultureInfo.InvariantCulture, $"{host}:{visit.Needs.MqttPort}");
            return await visit.Machine.ConnectsAsync(host, visit.Needs.MqttPort, cancellationToken).ConfigureAwait(false)
                ? [new(Name, CheckState.Ok, $"the broker {address} answers")]
                : [new(Name, CheckState.Wrong, $"the broker {address} of bench '{visit.Needs.Bench}' does not answer", "start it (sudo systemctl start mosquitto), or correct mqtt.broker in the inventory")];
        }

        return await visit.Machine.ConnectsAsync("127.0.0.1", UsualPort, cancellationToken).ConfigureAwait(false)
            ? [new(Name, CheckState.Ok, "a broker answers on 127.0.0.1:1883; no bench that needs one was named")]
            : [new(Name, CheckState.NotApplicable, "no bench that needs a broker was named, and none runs here")];
    }
}

/// <summary>Time: monotonic time orders a night, wall time labels it, and TLS and people go by the label.</summary>
internal sealed class TimeCheck : IDoctorCheck
{
    public int Order => 50;

    public string Name => "time";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>(
    [
        visit.Machine.ClockSynchronised() switch
        {
            true => new(Name, CheckState.Ok, "the clock is kept in step by a time service"),
            false => new(
                Name, CheckState.Warn, "no time service keeps the clock in step: the report's times of day may be off, and a Raspberry Pi starts with the time of its last shutdown",
                "sudo timedatectl set-ntp true"),
            null => new(Name, CheckState.NotApplicable, "the system does not tell whether its clock is in step"),
        },
    ]);
}
