//! The explicit Runge-Kutta method of order 8 with error estimates of orders 5 and 3, and its
//! interpolant of order 7.
//!
//! J. R. Dormand, P. J. Prince, in E. Hairer, S. P. Nørsett, G. Wanner, "Solving Ordinary
//! Differential Equations I", Springer 1993, section II.5, and the code DOP853,
//! doi:10.1007/978-3-540-78862-1.
//!
//! Twelve stages, the derivative at the end, which is the first stage of the next step, and three
//! more for the interpolant. It is wrong by `O(h^8)` inside a step and enters the next step times
//! `h`, so that the values at mesh times keep order 8 on delay equations.

#![allow(clippy::excessive_precision)] // the digits as published

/// Number of stages, those of the interpolant included.
pub(in crate::solver) const STAGES: usize = 16;
/// The row of [`A`] that is the solution of order 8.
pub(in crate::solver) const SOLUTION: usize = 12;
/// Coefficients of the interpolant, from the constant to the seventh power.
pub(in crate::solver) const TERMS: usize = 8;

/// Stage times in units of the step.
pub(in crate::solver) const C: [f64; STAGES] = [
    0.0,
    0.052_600_151_958_767_731_879,
    0.078_900_227_938_151_597_818,
    0.118_350_341_907_227_396_73,
    0.281_649_658_092_772_603_27,
    0.333_333_333_333_333_333_33,
    0.25,
    0.307_692_307_692_307_692_31,
    0.651_282_051_282_051_282_05,
    0.6,
    0.857_142_857_142_857_142_86,
    1.0,
    1.0,
    0.1,
    0.2,
    0.777_777_777_777_777_777_78,
];

/// The middles of the widest gaps between the stages of the solution.
pub(in crate::solver) const BLIND_SPOTS: &[f64] = &[0.46, 0.93];

/// Row `i` gives the state of stage `i` from the derivatives of the stages before it.
pub(in crate::solver) const A: [&[f64]; STAGES] = [
    &[],
    &[0.052_600_151_958_767_731_879],
    &[0.019_725_056_984_537_899_454, 0.059_175_170_953_613_698_363],
    &[
        0.029_587_585_476_806_849_182,
        0.0,
        0.088_762_756_430_420_547_545,
    ],
    &[
        0.241_365_134_159_266_685_5,
        0.0,
        -0.884_549_479_328_286_085_34,
        0.924_834_003_261_792_003_12,
    ],
    &[
        0.037_037_037_037_037_037_037,
        0.0,
        0.0,
        0.170_828_608_729_473_871_28,
        0.125_467_687_566_822_425_02,
    ],
    &[
        0.037_109_375,
        0.0,
        0.0,
        0.170_252_211_019_544_039_31,
        0.060_216_538_980_455_960_685,
        -0.017_578_125,
    ],
    &[
        0.037_092_000_118_504_792_711,
        0.0,
        0.0,
        0.170_383_925_712_239_993_81,
        0.107_262_030_446_373_284_65,
        -0.015_319_437_748_624_401_753,
        0.008_273_789_163_814_022_887_6,
    ],
    &[
        0.624_110_958_716_075_717_11,
        0.0,
        0.0,
        -3.360_892_629_446_941_294_1,
        -0.868_219_346_841_726_006_82,
        27.592_099_699_446_708_305,
        20.154_067_550_477_893_409,
        -43.489_884_181_069_958_848,
    ],
    &[
        0.477_662_536_438_264_365_89,
        0.0,
        0.0,
        -2.488_114_619_971_667_641_9,
        -0.590_290_826_836_842_996_37,
        21.230_051_448_181_194_235,
        15.279_233_632_882_423_583,
        -33.288_210_968_984_862_919,
        -0.020_331_201_708_508_626_136,
    ],
    &[
        -0.937_142_430_085_987_325_72,
        0.0,
        0.0,
        5.186_372_428_844_063_708_3,
        1.091_437_348_996_729_578_2,
        -8.149_787_010_746_926_125_1,
        -18.520_065_659_996_959_864,
        22.739_487_099_350_504_282,
        2.493_605_552_679_652_389_9,
        -3.046_764_471_898_219_500_4,
    ],
    &[
        2.273_310_147_516_538_207_9,
        0.0,
        0.0,
        -10.534_495_466_737_250_198,
        -2.000_872_058_224_862_499_1,
        -17.958_931_863_118_798_917,
        27.948_884_529_419_960_051,
        -2.858_998_277_135_023_694_7,
        -8.872_856_933_530_629_544_3,
        12.360_567_175_794_303_065,
        0.643_392_746_015_763_530_36,
    ],
    &[
        0.054_293_734_116_568_762_238,
        0.0,
        0.0,
        0.0,
        0.0,
        4.450_312_892_752_408_881_4,
        1.891_517_899_314_500_383,
        -5.801_203_960_010_584_781_5,
        0.311_164_366_957_819_894_41,
        -0.152_160_949_662_516_078_56,
        0.201_365_400_804_030_348_37,
        0.044_710_615_727_772_590_518,
    ],
    &[
        0.056_167_502_283_047_952_339,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.253_500_210_216_624_811_09,
        -0.246_239_037_470_802_489_92,
        -0.124_191_423_263_816_360_47,
        0.153_291_798_278_765_697_31,
        0.008_201_052_295_634_689_884_9,
        0.007_567_897_660_545_699_761_4,
        -0.008_298,
    ],
    &[
        0.031_834_648_163_502_140_506,
        0.0,
        0.0,
        0.0,
        0.0,
        0.028_300_909_672_366_775_529,
        0.053_541_988_307_438_567_622,
        -0.054_923_748_571_390_988_465,
        0.0,
        0.0,
        -0.000_108_347_328_697_249_322_86,
        0.000_382_571_090_835_658_412_95,
        -0.000_340_465_008_687_404_560_8,
        0.141_312_443_674_632_500_28,
    ],
    &[
        -0.428_896_301_583_791_923_41,
        0.0,
        0.0,
        0.0,
        0.0,
        -4.697_621_415_361_163_843_1,
        7.683_421_196_062_599_041_8,
        4.068_989_818_397_110_079_7,
        0.356_727_187_455_281_109_27,
        0.0,
        0.0,
        0.0,
        -0.001_399_024_165_159_014_621_3,
        2.947_514_789_152_772_339,
        -9.150_958_472_179_870_010_8,
    ],
];

/// Error of the solution of order 5, by stages.
pub(in crate::solver) const E: [f64; SOLUTION] = [
    0.013_120_044_994_194_880_733,
    0.0,
    0.0,
    0.0,
    0.0,
    -1.225_156_446_376_204_440_7,
    -0.495_758_949_657_250_191_52,
    1.664_377_182_454_986_537,
    -0.350_328_848_749_973_681_69,
    0.334_179_118_713_017_479_03,
    0.081_923_206_485_115_712_466,
    -0.022_355_307_863_886_295_259,
];

/// Stages and weights of the solution of order 3.
pub(in crate::solver) const THIRD: [(usize, f64); 3] = [
    (0, 0.244_094_488_188_976_377_95),
    (8, 0.733_846_688_281_611_857_34),
    (11, 0.022_058_823_529_411_764_706),
];

/// The parts of the interpolant that are not given by the values and slopes at the ends.
pub(in crate::solver) const D: [[f64; STAGES]; 4] = [
    [
        -8.428_938_276_109_012_865_1,
        0.0,
        0.0,
        0.0,
        0.0,
        0.566_714_953_519_377_769_63,
        -3.068_949_945_949_891_691_3,
        2.384_667_656_512_069_828_8,
        2.117_034_582_445_028_276_7,
        -0.871_391_583_777_972_992_07,
        2.240_437_430_260_788_275_9,
        0.631_578_778_769_468_818_16,
        -0.088_990_336_451_333_310_821,
        18.148_505_520_854_727_257,
        -9.194_632_392_478_355_4,
        -4.436_036_387_594_893_966_4,
    ],
    [
        10.427_508_642_579_134_603,
        0.0,
        0.0,
        0.0,
        0.0,
        242.283_491_775_258_182_88,
        165.200_451_717_270_281_99,
        -374.546_754_722_690_202_8,
        -22.113_666_853_125_306_036,
        7.733_432_668_472_263_839,
        -30.674_084_731_089_398_182,
        -9.332_130_526_430_227_873,
        15.697_238_121_770_843_886,
        -31.139_403_219_565_177_677,
        -9.352_924_358_844_478_386_6,
        35.816_841_486_394_083_752,
    ],
    [
        19.985_053_242_002_433_821,
        0.0,
        0.0,
        0.0,
        0.0,
        -387.037_308_749_351_765_55,
        -189.178_138_195_167_568_83,
        527.808_159_205_423_649_01,
        -11.573_902_539_959_630_126,
        6.881_232_694_696_300_017,
        -1.000_605_096_691_083_840_3,
        0.777_713_779_805_344_320_93,
        -2.778_205_752_353_508_406_6,
        -60.196_695_231_264_120_758,
        84.320_405_506_677_161_018,
        11.992_291_136_182_789_328,
    ],
    [
        -25.693_933_462_703_749_003,
        0.0,
        0.0,
        0.0,
        0.0,
        -154.189_748_690_236_433_74,
        -231.529_379_176_045_495_68,
        357.639_117_910_614_123_78,
        93.405_324_183_624_310_004,
        -37.458_323_136_451_633_157,
        104.099_649_508_962_300_45,
        29.840_293_426_660_503_123,
        -43.533_456_590_011_143_754,
        96.324_553_959_188_282_948,
        -39.177_261_675_615_439_165,
        -149.726_836_257_985_625_81,
    ],
];

/// Coefficients of `y + theta (q_1 + (1 - theta) (q_2 + theta (q_3 + (1 - theta) (q_4 + ...))))`
/// in powers of `theta`, without the constant.
#[inline]
pub(in crate::solver) fn powers(q: [f64; TERMS - 1]) -> [f64; TERMS - 1] {
    let mut powers = [0.0; TERMS - 1];
    powers[0] = q[TERMS - 2];
    for place in (0..TERMS - 2).rev() {
        let rising = place % 2 == 1;
        for power in (1..TERMS - 1).rev() {
            powers[power] = if rising {
                powers[power - 1]
            } else {
                powers[power] - powers[power - 1]
            };
        }
        if rising {
            powers[0] = 0.0;
        }
        powers[0] += q[place];
    }
    powers
}

#[cfg(test)]
mod tests {
    use super::super::trees::trees;
    use super::*;

    fn square() -> Vec<Vec<f64>> {
        let mut rows = vec![vec![0.0; STAGES]; STAGES];
        for (row, a) in rows.iter_mut().zip(A) {
            row[..a.len()].copy_from_slice(a);
        }
        rows
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn rows_add_up_to_the_stage_times() {
        for (row, c) in A.iter().zip(C) {
            assert!((row.iter().sum::<f64>() - c).abs() < 1e-13, "c = {c}");
        }
    }

    #[test]
    fn solutions_have_orders_eight_five_and_three() {
        let mut third = A[SOLUTION].to_vec();
        for (stage, weight) in THIRD {
            third[stage] -= weight;
        }
        let (mut fifth_fails, mut third_fails) = (0, 0);
        for tree in trees(&square(), 8) {
            let error = dot(A[SOLUTION], &tree.weight) - 1.0 / tree.density;
            assert!(error.abs() < 1e-13, "order {}: {error:e}", tree.order);
            let fifth = dot(&E, &tree.weight).abs();
            let third = dot(&third, &tree.weight).abs();
            assert!(tree.order > 5 || fifth < 1e-13, "{fifth:e}");
            assert!(tree.order > 3 || third < 1e-13, "{third:e}");
            fifth_fails += usize::from(tree.order == 6 && fifth > 1e-9);
            third_fails += usize::from(tree.order == 4 && third > 1e-9);
        }
        assert!(fifth_fails > 0 && third_fails > 0);
    }

    #[test]
    fn interpolant_has_order_seven_at_every_point() {
        let basis = |stage: usize| {
            let solution = A[SOLUTION].get(stage).copied().unwrap_or(0.0);
            let first = f64::from(stage == 0);
            let last = f64::from(stage == SOLUTION);
            let bend = first - solution;
            let q = [solution, bend, solution - last - bend];
            powers([
                q[0],
                q[1],
                q[2],
                D[0][stage],
                D[1][stage],
                D[2][stage],
                D[3][stage],
            ])
        };
        let weights: Vec<_> = (0..STAGES).map(basis).collect();
        for theta in [0.1_f64, 0.37, 0.5, 0.81, 1.0] {
            for tree in trees(&square(), 7) {
                let at =
                    |powers: &[f64; 7]| theta * powers.iter().rev().fold(0.0, |s, p| s * theta + p);
                let values: Vec<f64> = weights.iter().map(at).collect();
                let exact = theta.powi(tree.order as i32) / tree.density;
                let error = dot(&values, &tree.weight) - exact;
                assert!(error.abs() < 1e-12, "theta {theta}: {error:e}");
            }
        }
    }
}
