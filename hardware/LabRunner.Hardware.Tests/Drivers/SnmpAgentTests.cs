using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

namespace LabRunner.Hardware.Tests.Drivers;

/// <summary>What a real agent answers beyond the conformance suite.</summary>
[CancelAfter(120_000)]
public sealed class SnmpAgentTests
{
    private SnmpdRig _rig;

    [SetUp]
    public Task Start()
    {
        _rig = new SnmpdRig();
        return _rig.StartAsync();
    }

    [TearDown]
    public async Task Stop() => await _rig.DisposeAsync();

    [Test]
    public async Task Switch_Version1_Follows(CancellationToken token)
    {
        await using SnmpPower power = _rig.With("private", SnmpVersion.V1);
        await power.SwitchAsync(PowerState.On, token);
        Assert.That((_rig.Output, await power.ReadStateAsync(token)), Is.EqualTo((true, PowerState.On)));
    }

    [Test]
    public async Task Switch_CommunityMayOnlyRead_FaultWithTheAgentsWordAndNotTheCommunity(CancellationToken token)
    {
        await using SnmpPower power = _rig.With("public");
        Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.Off));
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.On, token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("noAccess").And.Message.Not.Contains("public").And.Message.Contains("snmpget"));
        Assert.That(_rig.Output, Is.False);
    }

    [Test]
    public async Task Read_CommunityIsWrong_FaultInTime(CancellationToken token)
    {
        await using SnmpPower power = _rig.With("guess");
        await Assert.ThatAsync(
            () => power.ReadStateAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("No Response").And.Message.Not.Contains("guess"));
    }
}
