namespace LabRunner.Bench.Simulation.Tests;

/// <summary>Two faults in one plug, the second 300 s after the first: neither hides or misnames the other, and a warning never hides a failure.</summary>
public sealed class PairedFaultsTests
{
    [TestCase("F11", "F01", "ICMP_ONLY_DEAD F11 + NET_FREEZE F01")]
    [TestCase("F11", "F13", "ICMP_ONLY_DEAD F11 + HTTP_LARGE_STALL F13")]
    [TestCase("F11", "F26", "ICMP_ONLY_DEAD F11 + MQTT_DEAD F26")]
    [TestCase("F13", "F11", "HTTP_LARGE_STALL F13")]
    [TestCase("F26", "F11", "MQTT_DEAD F26")]
    [TestCase("F13", "F02", "HTTP_LARGE_STALL F13 + HARD_HANG F02")]
    [TestCase("F26", "F12", "MQTT_DEAD F26 + APP_DEAD_NET_ALIVE F12")]
    [TestCase("F26", "F04", "MQTT_DEAD F26 + CRASH F04")]
    public async Task Play_SecondFaultBesideAStandingOne_BothAreNamed(string first, string second, string expected)
    {
        PlantedCase pair = new($"{first} and {second}", expected, null)
        {
            Faults = at => [PlantedCase.Fault(first, ("uptime", PlantedCase.S(at))), PlantedCase.Fault(second, ("uptime", PlantedCase.S(at + 300)))],
            OnsetKnown = false,
            Length = 1200,
        };

        Assert.That((await PlayedCase.PlayAsync(pair, 1, RadioQuality.Ordinary)).Got, Is.EqualTo(expected));
    }
}
