using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Simulation;

/// <summary>How good a simulated Wi-Fi is. Figures of a living room, not of a laboratory.</summary>
/// <param name="Loss">Share of packets lost all the time, 0 to 1.</param>
/// <param name="FadeEvery">Mean time between two fades; zero: there are none.</param>
/// <param name="FadeFor">Longest fade, in which four of five packets are lost.</param>
public sealed record RadioQuality(double Loss, TimeSpan FadeEvery, TimeSpan FadeFor)
{
    /// <summary>Nothing is lost.</summary>
    public static RadioQuality Perfect { get; } = new(0, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Two percent lost, and about each quarter of an hour a fade of up to six seconds.</summary>
    public static RadioQuality Ordinary { get; } = new(0.02, TimeSpan.FromMinutes(15), TimeSpan.FromSeconds(6));
}

/// <summary>The radio between one plug and the bench. Belongs to the thread of the events.</summary>
internal sealed class Radio
{
    private const double LossInFade = 0.8;

    private readonly RadioQuality _quality;
    private readonly IEventTime _time;
    private readonly Chance _chance;
    private TimeSpan _fadesFrom;
    private TimeSpan _fadesUntil;

    public Radio(RadioQuality quality, IEventTime time, Chance chance)
    {
        (_quality, _time, _chance) = (quality, time, chance);
        NextFade(TimeSpan.Zero);
    }

    /// <summary>Extra loss that the plug itself shows, 0 to 1.</summary>
    public double ExtraLoss { get; set; }

    /// <summary>Time of a packet in the air.</summary>
    public TimeSpan Flight => TimeSpan.FromMilliseconds(_chance.Between(1, 6));

    /// <summary>Draws whether the next packet is lost.</summary>
    public bool Loses()
    {
        if (_quality.FadeEvery > TimeSpan.Zero && _time.Now > _fadesUntil)
        {
            NextFade(_time.Now);
        }

        double loss = Math.Max(ExtraLoss, _time.Now >= _fadesFrom && _time.Now <= _fadesUntil ? LossInFade : _quality.Loss);
        return loss > 0 && _chance.NextUnit() < loss;
    }

    private void NextFade(TimeSpan after)
    {
        _fadesFrom = after + (_quality.FadeEvery * (0.2 + (1.6 * _chance.NextUnit())));
        _fadesUntil = _fadesFrom + (_quality.FadeFor * _chance.NextUnit());
    }
}
