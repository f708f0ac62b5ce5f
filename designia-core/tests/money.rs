//! The rules of money, seen from outside.

mod money {
    mod allocation;
    mod arithmetic;
    mod currencies;
    mod rounding;
    mod text;
}
